"""Heatmaps, drawn for people."""
