"""Model files: what one holds, how it is written, verified and found."""
