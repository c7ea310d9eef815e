"""The record read back, as pure functions: rows in, what a seat was at any moment out."""
