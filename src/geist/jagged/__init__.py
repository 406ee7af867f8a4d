"""The jagged map: where a model can be trusted, with honest intervals."""
