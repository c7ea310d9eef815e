"""What is posted in tests, and whereto."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

from hub.jobs.posting import Answer, Poster
from storage.webhooks.keys import SigningKeys, new_keys
from storage.webhooks.queue import Due
from storage.webhooks.times import TIMES
from tests.outbox import ATTEMPT

LOOPBACK = [ip_network("127.0.0.0/8")]
HASTY = TIMES.scaled(0.02)  # 0.3 s for an answer, 40 ms for its head


def due(url: str, keys: SigningKeys | None = None) -> Due:
    return replace(ATTEMPT, url=url, keys=(keys or new_keys(),))


async def posted(url: str, poster: Poster) -> Answer:
    return await poster.post(due(url), datetime.now(UTC))
