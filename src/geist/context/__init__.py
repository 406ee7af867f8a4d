"""What a model is sent: found, ranked, fitted into a budget, with reasons."""
