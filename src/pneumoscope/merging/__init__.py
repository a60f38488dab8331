"""Model files made of other model files."""
