"""Whole jobs: train one model, reproduce the five systems, tune a recipe."""
