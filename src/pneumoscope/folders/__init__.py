"""Finding films in folders, and keeping account of what else lies there. No torch."""
