"""What became of seats: devices, transitions, incidents and their verdicts, punches."""
