"""Tables of films as people have them: files, columns, paths, labels, and published ones."""
