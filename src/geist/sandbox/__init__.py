"""The only place where foreign code runs."""
