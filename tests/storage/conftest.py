"""The databases that the tests of the record run on."""

from tests.record import database_url, empty_url, record

__all__ = ["database_url", "empty_url", "record"]
