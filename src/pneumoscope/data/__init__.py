"""Labelled films: tables, patients, splits, audits, and the cache of their pixels."""
