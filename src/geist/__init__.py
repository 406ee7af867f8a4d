"""geist: a local-first system for working with language models as they really are."""

__version__ = "0.1.0"
