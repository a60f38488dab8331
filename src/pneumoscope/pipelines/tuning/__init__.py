"""Searching better settings for a recipe."""
