"""What a training run leaves behind, and the machine it ran on."""
