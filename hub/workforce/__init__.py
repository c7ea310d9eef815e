"""Time at work: pure rules over punches."""
