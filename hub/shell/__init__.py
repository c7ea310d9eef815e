"""What operators and administrators do from a shell."""
