"""Whole jobs: train a model, reproduce the five systems, tune a recipe."""
