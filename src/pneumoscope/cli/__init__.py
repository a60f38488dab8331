"""The command line: one file for each command; only here is anything printed."""
