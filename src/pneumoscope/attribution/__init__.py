"""Maps drawn for networks in torch by other methods, for research on checkpoints."""
