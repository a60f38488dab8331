"""Reports: web pages that stand alone, with their plots and tables."""
