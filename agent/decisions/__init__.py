"""What frames mean over time, and how closely to look: pure but for the loop of asking."""
