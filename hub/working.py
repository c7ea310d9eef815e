"""What a process works on in the background: the loops of its node, and the jobs."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.counters import LOOP_LAG
from hub.jobs import (
    charters,
    departures,
    digests,
    erasing,
    escalating,
    heads,
    leftovers,
    mail,
    noticing,
    pushing,
    resealing,
    retention,
    snapshotter,
    webhooks,
)
from hub.jobs.posting import Poster
from hub.jobs.summing import EVERY_S as SUM_EVERY_S
from hub.jobs.summing import Summing
from hub.jobs.sweeper import sweep
from hub.live.node import LEFTOVERS_EVERY_S, Node, every
from hub.memory import GIVE_BACK_EVERY_S, give_back
from hub.settings import Settings
from storage.images.vault import SealedVault
from storage.proof.outside import Place
from storage.proof.signing import Signer

SWEEP_EVERY_S = 1.0

LAG_EVERY_S, LAG_SLEEP_S = 0.4, 0.1
JOB_REST_S = 0.5  # whatever the pace: a job that finds nothing to do still asks the record

Work = Coroutine[Any, Any, None]
Step = Callable[[], Work]


@asynccontextmanager
async def background(work: Sequence[Work]) -> AsyncIterator[None]:
    """Until the block ends; work that fails ends the hub, for it would not be true."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one) for one in work]
        yield
        for task in running:
            task.cancel()


def loops(node: Node, pace: float) -> list[Work]:
    """Of every node. Each ends the leases of the tenants that it follows, so that what its boards
    show is true without any jobs, too."""
    return [
        node.run(),
        every(LAG_EVERY_S, measure_lag),
        every(GIVE_BACK_EVERY_S, give_back),
        every(SWEEP_EVERY_S * pace, lambda: sweep(node)),
    ]


async def measure_lag() -> None:
    due = time.monotonic() + LAG_SLEEP_S
    await asyncio.sleep(LAG_SLEEP_S)
    LOOP_LAG.observe(max(0.0, time.monotonic() - due))


@dataclass(frozen=True)
class Jobs:
    """The work that any number of processes share.

    `woken` says that something is in the outbox; `places` keep the heads that `signer` signs.
    """

    node: Node
    settings: Settings
    images: SealedVault
    signer: Signer
    places: Sequence[Place]
    woken: asyncio.Event

    def all(self) -> list[Work]:
        return [*self.recording(), *self.telling(), *self.mailing(), *self.due(), *self.cleaning()]

    def recording(self) -> list[Work]:
        """What keeps the record true: maintenance does not stop it, but for the snapshots."""
        node = self.node
        return [
            every(
                heads.EVERY_S * self.settings.pace,
                lambda: heads.seal_due(node.engine, self.signer, self.places),
            ),
            every(LEFTOVERS_EVERY_S, node.record_leftovers),
            self.resting(snapshotter.EVERY_S, lambda: snapshotter.keep_due(node)),
        ]

    def telling(self) -> list[Work]:
        """Webhooks, browsers, notices, and the mail of the day."""
        engine, keys, url = self.node.engine, self.images.keys, self.settings.url
        return [
            webhooks.run(
                engine,
                keys,
                self.settings.webhook_allow,
                self.woken,
                rests=lambda: self.node.upkeep.runs is not None,
            ),
            self.pushing(),
            self.paced(noticing.EVERY_S, lambda: noticing.tell_due(engine, keys, url)),
            self.paced(digests.EVERY_S, lambda: digests.digest_due(engine, keys, url)),
        ]

    async def pushing(self) -> None:
        """Browsers are told whether or not there is a mail server."""
        sender = self.settings.mail.sender if self.settings.mail else ""
        async with Poster(self.settings.webhook_allow) as poster:
            subject = pushing.subject_of(self.settings.url, sender)
            pusher = pushing.Pusher(self.node.engine, self.images.keys, poster, subject)
            await self.paced(pushing.EVERY_S, pusher.push_due)

    def mailing(self) -> list[Work]:
        """What is in the outbox waits while there is no mail server."""
        server = self.settings.mail
        if server is None:
            return []
        engine, keys = self.node.engine, self.images.keys
        return [self.paced(mail.EVERY_S, lambda: mail.post_due(engine, keys, server))]

    def due(self) -> list[Work]:
        """What comes true, or must go, at a time that somebody waits for."""
        node, images = self.node, self.images
        return [
            self.paced(charters.EVERY_S, lambda: charters.take_effect_due(node.engine)),
            self.paced(resealing.EVERY_S, lambda: resealing.reseal_due(images)),
            self.paced(erasing.EVERY_S, lambda: erasing.erase_harmless(node.engine)),
            self.paced(erasing.EVERY_S, lambda: erasing.erase_due(node.engine, images)),
            self.paced(escalating.EVERY_S, lambda: escalating.escalate_due(node)),
        ]

    def cleaning(self) -> list[Work]:
        """What must go is owed for months: it does not add to what a start has to do."""
        engine, images, broker = self.node.engine, self.images, self.node.broker
        summing = Summing(engine)
        return [
            self.later(resealing.RETIRE_EVERY_S, lambda: resealing.retire_due(images)),
            self.later(retention.EVERY_S, lambda: retention.sweep_due(images)),
            self.later(departures.EVERY_S, lambda: departures.erase_left(engine)),
            self.later(
                departures.EVERY_S, lambda: departures.erase_ended(images, broker, self.signer)
            ),
            self.later(SUM_EVERY_S, lambda: summing.due(datetime.now(UTC))),
            self.later(leftovers.EVERY_S, lambda: leftovers.clear_due(engine)),
        ]

    async def later(self, seconds: float, step: Step) -> None:
        """Every so often, and not at once."""
        await asyncio.sleep(seconds)
        await self.resting(seconds, step)

    async def paced(self, seconds: float, step: Step) -> None:
        """Every so often, as fast as this hub's time goes."""
        await self.resting(seconds * self.settings.pace, step)

    async def resting(self, seconds: float, step: Step) -> None:
        """Every so often, but in maintenance, when only what keeps the record true touches it."""

        async def unless_closed() -> None:
            if self.node.upkeep.runs is None:
                await step()

        await every(max(seconds, JOB_REST_S), unless_closed)
