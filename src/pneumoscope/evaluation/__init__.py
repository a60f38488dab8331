"""What labelled films tell of a model file: its figures, its thresholds, how it compares."""
