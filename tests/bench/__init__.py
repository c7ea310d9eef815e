"""Measurements: each module is one command that prints a table and ends with one JSON line."""
