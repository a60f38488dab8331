"""Recipes: the settings of training runs, where they are read, varied and searched."""
