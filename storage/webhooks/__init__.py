"""Webhooks: what is told of which event, to whom, with which keys, and what came of it."""
