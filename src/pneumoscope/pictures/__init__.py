"""Pixels become pictures for people."""
