"""Incidents as people work on them: the queue, one in full, words on it, and who is to answer."""
