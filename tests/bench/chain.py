"""What tamper evidence costs: `python -m tests.bench.chain [PUNCHES]`.

CPU time of this process for a punch and for an image with and without their digests, and for each
entry that is sealed and verified. Wall time says little on a machine that others use.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.protocol.facts import EvidenceKind
from hub.protocol.images import Claim, Offer, statement
from hub.workforce.punching import PunchKind
from storage.database import embedded_url, engine, upgrade
from storage.images import evidence
from storage.proof.heads import seal
from storage.proof.verification import verify_tenant
from storage.seats import punches
from storage.seats.devices import LinkedDevice, add_device
from tests.record import NOW, SIGNER, company, person
from tests.servers import running_postgres
from tests.storage.chained import DEVICE

PUNCHES = 1_000
KINDS = (PunchKind.START, PunchKind.END)


async def measured(name: str, url: str, count: int) -> None:
    await upgrade(url)
    record = engine(url, SIGNER)
    async with record.begin() as conn:
        a = await company(conn)
        member = await person(conn, a.id, "mori")
        made = await add_device(conn, a.id, member, "PC", NOW)
    pc = LinkedDevice(a.id, member, made.id, "mori")
    turns = {False: 0.0, True: 0.0}
    images = {False: 0.0, True: 0.0}
    for part in range(10):  # in turn, so that what else the machine does falls on both
        for chained in turns:
            with ExitStack() as stack:
                if not chained:
                    stack.enter_context(without_digests())
                numbers = range(part * count // 10, (part + 1) * count // 10)
                turns[chained] += await took(record, numbers, punching(pc, chained))
                images[chained] += await took(record, numbers, storing(pc, chained))
    began = time.process_time()
    while head := await seal(record, SIGNER, a.id, NOW):
        entries = head.position
    sealed_s = time.process_time() - began
    began = time.process_time()
    async with record.connect() as conn:
        await verify_tenant(conn, a.id, {SIGNER.public_key}, [])
    verified_s = time.process_time() - began
    for what, found in (("punch", turns), ("image", images)):
        without, full = (found[chained] / count * 1e6 for chained in (False, True))
        print(f"{name:11} {what}: {without:7.0f} us, with its digests {full:7.0f} us")
    sealed_us, verified_us = (s / entries * 1e6 for s in (sealed_s, verified_s))
    print(f"{name:11} entry: sealed in {sealed_us:.0f} us, verified in {verified_us:.0f} us")
    await record.dispose()


@contextmanager
def without_digests() -> Iterator[None]:
    async def nothing(*_: object) -> None: ...

    with patch.object(punches, "append", nothing), patch.object(evidence, "append", nothing):
        yield


async def took(
    record: AsyncEngine, numbers: range, act: Callable[[AsyncConnection, int], Awaitable[None]]
) -> float:
    """Seconds of CPU for as many transactions, their commits included."""
    began = time.process_time()
    for number in numbers:
        async with record.begin() as conn:
            await act(conn, number)
    return time.process_time() - began


def punching(pc: LinkedDevice, chained: bool) -> Callable[[AsyncConnection, int], Awaitable[None]]:
    async def act(conn: AsyncConnection, number: int) -> None:
        await punches.punch(
            conn, pc.tenant, pc.member, KINDS[number % 2],
            request_id=f"{chained}{number}", source="web",
            now=NOW + timedelta(hours=number),
        )  # fmt: skip

    return act


def storing(pc: LinkedDevice, chained: bool) -> Callable[[AsyncConnection, int], Awaitable[None]]:
    async def act(conn: AsyncConnection, number: int) -> None:
        id = hashlib.md5(f"{chained}{number}".encode()).hexdigest()
        at, sha256 = NOW.timestamp() + number, "ab" * 32
        claim = Claim(id, EvidenceKind.CAMERA, at, "image/jpeg", 9, 64, 48, sha256)
        offer = Offer(claim, DEVICE.public_key, DEVICE.sign(statement(claim)))
        await evidence.offered(conn, pc, offer, NOW)
        await evidence.stored(conn, pc.tenant, id, NOW)

    return act


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PUNCHES
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        await measured("SQLite", embedded_url(Path(folder)), count)
    with running_postgres() as postgres, postgres.database() as url:
        await measured("PostgreSQL", url, count)


if __name__ == "__main__":
    asyncio.run(main())
