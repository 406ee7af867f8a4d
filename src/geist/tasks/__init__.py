"""Task families: where tasks come from."""
