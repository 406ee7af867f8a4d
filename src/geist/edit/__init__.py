"""Changes to source: find a definition, splice a new one in, show, apply, undo."""
