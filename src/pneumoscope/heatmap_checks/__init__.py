"""How far heatmaps can be trusted: one file a measure."""
