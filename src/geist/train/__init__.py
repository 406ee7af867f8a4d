"""Training with verifiable rewards: warm start, rollouts, losses, checkpoints, export."""
