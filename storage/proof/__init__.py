"""The system log, and proof that nothing of the past was changed."""
