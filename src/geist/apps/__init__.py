"""Apps from a description: described, built, checked, attacked, exercised, run and discarded."""
