"""A plain TCP load balancer: every connection goes to the next node, whoever it comes from."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.links import Link, Way, connect


class Balancer(Link):
    """A link to several nodes, with a link's faults; a node that does not answer is passed over."""

    def __init__(self, targets: Sequence[str]) -> None:
        super().__init__("")
        self.targets = list(targets)

    async def _reach(self) -> Way:
        for _ in self.targets:
            self.targets.append(self.targets.pop(0))
            try:
                return await connect(self.targets[-1])
            except OSError:
                continue
        raise ConnectionRefusedError("no node answers")


@asynccontextmanager
async def balancer(targets: Sequence[str]) -> AsyncIterator[Balancer]:
    """Open on a free port until the block ends; `targets` are `host:port`."""
    one = Balancer(targets)
    await one.listen()
    try:
        yield one
    finally:
        await one.close()
