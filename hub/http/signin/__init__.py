"""Signing in, step by step, and one's own account."""
