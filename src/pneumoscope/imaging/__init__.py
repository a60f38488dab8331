"""From the file of a film to the pixels that a network gets."""
