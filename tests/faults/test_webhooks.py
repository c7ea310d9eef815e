"""Webhooks in a short storm: nothing is lost, and nothing is sent again that was delivered."""

from tests.faults.receivers import MORTAL, Kind
from tests.faults.webhooks import storm

SEED = 7
SECONDS = 3.0  # a minute of it: python -m tests.faults.webhooks


async def test_webhooks_survive_a_storm_with_nothing_lost_or_sent_after_its_success() -> None:
    verdict = await storm(SEED, SECONDS)

    assert not verdict.broken, verdict
    assert len(verdict.faults) == 6
    assert all(verdict.faults.values()), verdict.faults
    for kind in Kind:
        fate = verdict.by_endpoint[kind]
        assert fate.enqueued > 0
        assert fate.delivered == (0 if kind in MORTAL else fate.enqueued)
