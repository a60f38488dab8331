"""Maps drawn for networks in torch, for research on checkpoints. See `explanation.methods`."""
