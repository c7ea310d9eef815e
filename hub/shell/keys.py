"""What `zaiseki keys` does: says which keys there are, makes new ones, and ends them for good."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.keyring import opened_keys
from hub.settings import Settings, WrongSetting, settings
from storage import database
from storage.errors import Missing
from storage.images.vault import SealedVault, vault
from storage.people.tenants import TenantRow, operators_home, tenant_by_system_id, tenants
from storage.proof.signing import FILE, Signer, SigningKeyProblem, signer_at
from storage.sealing import rotation
from storage.sealing.keys import Destroyed, KeyRow, Keys, keys_of
from storage.sealing.masters import MasterProblem
from storage.sealing.resealing import LEGACY, left, reseal_some, unfinished
from storage.sealing.retiring import RETIRE_AFTER, retire

FAILED, WRONG_USE = 1, 2


class Failure(Exception):
    """A command cannot be done; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Work:
    """One command: what was typed, and the keys."""

    options: argparse.Namespace
    settings: Settings
    keys: Keys

    async def tenants(self) -> list[TenantRow]:
        """The one of --tenant, or all: customers, and the operators' own."""
        async with self.keys.engine.connect() as conn:
            if self.options.tenant:
                return [await named(conn, self.options.tenant)]
            home = await operators_home(conn)
            return [*await tenants(conn), *([home] if home else [])]


def signer(settings: Settings) -> Signer:
    return signer_at(settings.signing_key or settings.state / FILE)


async def named(conn: AsyncConnection, system_id: str) -> TenantRow:
    found = await tenant_by_system_id(conn, system_id)
    if found is None:
        raise Missing("tenant", system_id)
    return found


def utc_now() -> datetime:
    return datetime.now(UTC)


def run_keys(options: argparse.Namespace) -> int:
    """Do what was asked; failures are one line on standard error."""
    try:
        asyncio.run(_do(options))
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except (
        Failure, Missing, MasterProblem, Destroyed, rotation.NotEnded, SigningKeyProblem,
        database.DatabaseProblem,
    ) as refused:  # fmt: skip
        print(f"zaiseki: {refused}", file=sys.stderr)
        return FAILED
    return 0


async def _do(options: argparse.Namespace) -> None:
    known = settings(options, os.environ)
    url = known.database or database.embedded_url(known.state)
    if known.database is None:
        await database.upgrade(url)
    else:
        await database.check_head(url)
    engine = database.engine(url, signer(known))
    try:
        keys = await opened_keys(engine, known)
        await ACTIONS[options.action](Work(options, known, keys))
    except DBAPIError as wrong:
        raise database.unreachable(url, wrong) from None
    finally:
        await engine.dispose()


async def keys_status(work: Work) -> None:
    """The master keys first, the one in use last; then each tenant's."""
    at_hand = await asyncio.to_thread(work.keys.masters.names)
    async with work.keys.engine.connect() as conn:
        used = await rotation.masters(conn)
        for row in used:
            here = "at hand" if row.name in at_hand else "not at hand"
            state = f"dropped {row.dropped_at:%Y-%m-%d}" if row.dropped_at else here
            use = "in use" if row is used[-1] else "retired"
            print(f"master\t{row.name}\t{use} since {row.since:%Y-%m-%dT%H:%MZ}\t{state}")
        for name in at_hand:
            if name not in {row.name for row in used}:
                print(f"master\t{name}\tprepared\tat hand")
        for tenant in await work.tenants():
            of = await keys_of(conn, tenant.id)
            for key in of:
                print(f"{tenant.system_id}\tkey {key.id}\t{await state_of(conn, key, of)}")


async def state_of(conn: AsyncConnection, row: KeyRow, of: list[KeyRow]) -> str:
    now = utc_now()
    if row.destroyed_at:
        return f"destroyed {row.destroyed_at:%Y-%m-%dT%H:%MZ}"
    if row.active_from > now:
        return f"seals from {row.active_from:%Y-%m-%dT%H:%M:%SZ}\tmaster {row.master}"
    if row.retired_at:
        return f"retired {row.retired_at:%Y-%m-%dT%H:%MZ}: nothing is sealed with it"
    used = max((one for one in of if one.active_from <= now), key=lambda one: one.number)
    if row is not used:
        return f"opens what is older\tmaster {row.master}\t{until(used)}"
    waiting = {what: count for what, count in (await left(conn, row.tenant, row.id)).items()}
    still = ", ".join(f"{count} {what}" for what, count in waiting.items() if count)
    done = "everything is sealed with it" if row.complete_at else f"still to seal: {still or '-'}"
    return f"in use since {row.active_from:%Y-%m-%dT%H:%MZ}\tmaster {row.master}\t{done}"


def until(used: KeyRow) -> str:
    """Until when the keys before the one in use are kept."""
    if used.complete_at is None:
        return "until everything is sealed anew, and a month longer"
    due = used.complete_at + RETIRE_AFTER
    return f"until {due:%Y-%m-%d}, for backups; nothing else needs it"


async def keys_rotate(work: Work) -> None:
    if work.options.prepare or work.options.master:
        await rotate_master(work)
        return
    for tenant in await work.tenants():
        try:
            row = await rotation.rotate(work.keys, tenant.id, utc_now())
        except Destroyed:
            continue
        print(f"{tenant.system_id}\tkey {row.id} seals from {row.active_from:%Y-%m-%dT%H:%M:%SZ}")
    print("running hubs learn of it by themselves, and their jobs then seal anew what there is;")
    print("`zaiseki keys status` says how far they are")


async def rotate_master(work: Work) -> None:
    if work.options.prepare:
        name = await rotation.prepare_master(work.keys)
        print(f"the master key {name} is prepared; copy the file to every hub that has its own,")
        print("then run: zaiseki keys rotate --master")
        return
    name = await rotation.rotate_master(work.keys, utc_now())
    wrapped = 0
    while done := await rotation.rewrap_some(work.keys):
        wrapped += done
    print(f"the master key {name} is in use, and wraps {wrapped} keys of tenants anew")
    print("backups from before today still need the older one; see `zaiseki keys drop`")


def images_of(work: Work) -> SealedVault:
    try:
        return SealedVault(vault(work.settings.vault, work.settings.state), work.keys)
    except ValueError as wrong:
        raise Failure(f"--vault {work.settings.vault!r} cannot be used: {wrong}") from None


async def keys_reseal(work: Work) -> None:
    """What the jobs do, here and now; with --scrub the database's files are rewritten after it."""
    images = images_of(work)
    while await rotation.rewrap_some(work.keys):
        pass
    done = 0
    async with work.keys.engine.connect() as conn:
        due = await unfinished(conn, utc_now(), work.keys.spread)
    for tenant in due:
        while some := await reseal_some(images, tenant, utc_now()):
            done += some
    print(f"sealed {done} things of {len(due)} tenants")
    if work.options.scrub:
        await rotation.scrub(work.keys.engine, LEGACY)
        print("the database's files are rewritten: nothing is left in them of what was plain")


async def keys_retire(work: Work) -> None:
    """What the jobs do a month later, here and now."""
    images, ended = images_of(work), 0
    for tenant in await work.tenants():
        try:
            gone = await retire(images, tenant.id, utc_now())
        except Destroyed:
            continue
        ended += len(gone)
        for key in gone:
            print(f"{tenant.system_id}\tkey {key} is retired")
    print(f"retired {ended} keys; images in backups from before they were replaced need them")


async def keys_drop(work: Work) -> None:
    name = work.options.name
    confirm(work.options, name, f"every backup that needs the master key {name} becomes unreadable")
    await rotation.drop_master(work.keys, name, utc_now())
    print(f"the master key {name} is forgotten; destroy its copies, too")


async def keys_destroy(work: Work) -> None:
    async with work.keys.engine.connect() as conn:
        tenant = await named(conn, work.options.system_id)
    everything = f"everything that {tenant.system_id} ({tenant.name}) has stored is lost for good"
    confirm(work.options, tenant.system_id, everything)
    signed = await rotation.destroy(
        work.keys, tenant, signer(work.settings), utc_now(), although=work.options.although
    )
    shown(signed)


async def keys_certificate(work: Work) -> None:
    async with work.keys.engine.connect() as conn:
        tenant = await named(conn, work.options.system_id)
        shown(await rotation.certificate(conn, tenant.id))


def shown(signed: rotation.Signed) -> None:
    print(signed.statement)
    print(f"public-key {signed.public_key.hex()}")
    print(f"signature {signed.signature.hex()}")


def confirm(options: argparse.Namespace, word: str, loss: str) -> None:
    """Raise Failure unless the word is typed once more, as --confirm or at the terminal."""
    typed = options.confirm
    if typed is None and sys.stdin.isatty():
        typed = input(f"{loss}. Type {word} to go on: ").strip()
    if typed != word:
        raise Failure(f"nothing was changed: {loss}; if you mean it, add --confirm {word}")


ACTIONS: dict[str, Callable[[Work], Awaitable[None]]] = {
    action.__name__: action
    for action in (
        keys_status, keys_rotate, keys_reseal, keys_retire, keys_drop, keys_destroy,
        keys_certificate,
    )
}  # fmt: skip
