"""The record read back: a person's days, strips, the board at any minute, and analysis."""
