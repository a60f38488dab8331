"""From a trained network to a model file whose answers are checked against it."""
