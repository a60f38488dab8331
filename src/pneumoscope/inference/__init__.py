"""A model file at work: films in, findings out."""
