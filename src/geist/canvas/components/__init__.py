"""The catalog: one file a component, with its schema, its checks and its text."""
