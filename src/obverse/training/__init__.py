"""The one training loop of every family that learns by gradients, its device, its checkpoints, its progress."""
