"""Generate, verify, retry: the one loop."""
