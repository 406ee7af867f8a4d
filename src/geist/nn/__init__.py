"""The transformer that geist trains: one readable file per idea."""
