"""The databases that background work is tested on."""

from tests.outbox import outbox
from tests.record import database_url, record

__all__ = ["database_url", "outbox", "record"]
