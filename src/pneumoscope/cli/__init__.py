"""The command line: one file for each command."""

NOTICE = "Research software, not a medical device."
