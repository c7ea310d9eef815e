"""What fills the terminal: signing in, the board, and what opens over it."""
