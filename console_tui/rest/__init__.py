"""What the terminal asks of the hub over REST."""
