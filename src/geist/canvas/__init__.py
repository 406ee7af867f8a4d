"""Answers to look at: data, a small language for views, and what it compiles to."""
