"""Recipes: the settings of training runs, how they are read, varied and searched."""
