"""Encryption at rest: keys, and what lies sealed under them."""
