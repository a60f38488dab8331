"""Copies of films' files that hold the same pixels and nothing about persons."""
