"""The drivers that put models to work on a project."""
