"""Whose certificates the agent believes when it asks the hub: the system's."""

import ssl
from functools import cache


@cache
def authorities() -> ssl.SSLContext:
    """To read them takes 0.1 s, so they are read once."""
    return ssl.create_default_context()
