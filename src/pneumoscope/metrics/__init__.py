"""Figures of predictions and their intervals: pure functions on arrays, and records."""
