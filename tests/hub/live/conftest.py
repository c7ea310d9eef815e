"""The databases and the broker that the live path is tested on."""

from tests.record import database_url, record

__all__ = ["database_url", "record"]
