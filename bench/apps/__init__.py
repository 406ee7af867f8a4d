"""How many descriptions become an app that does what was wanted, and what gets past the checks."""
