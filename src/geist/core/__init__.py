"""The shapes that every room shares. Imports nothing of ours."""
