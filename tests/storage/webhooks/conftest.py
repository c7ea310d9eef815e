"""A tenant whose outbox is looked at."""

from tests.outbox import outbox

__all__ = ["outbox"]
