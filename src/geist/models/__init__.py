"""Models: what is known, what is here, local and remote ones behind one interface."""
