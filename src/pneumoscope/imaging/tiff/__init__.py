"""From a TIFF file to a film: its directories, its samples, and what they mean."""
