"""The tests, laid out as what they test, and their helpers."""
