"""Checks the whole record of an installation against its chains, heads, images and rules."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.keyring import masters
from hub.settings import Settings
from storage import database
from storage.images.vault import SealedVault, vault
from storage.proof.authenticity import verify_images
from storage.proof.chain import INSTALLATION
from storage.proof.heads import SignedHead
from storage.proof.outside import FOLDER, DamagedPlace, FolderPlace, Place, place
from storage.proof.rules import missing_rules
from storage.proof.signing import FILE, SigningKeyProblem, public_key_at
from storage.proof.verification import Broken, Fault, Found, known_tenants, snapshot, verify_tenant
from storage.sealing.keys import Keys
from storage.sealing.masters import MasterProblem


class CannotVerify(Exception):
    """Nothing can be said; the message is one line that says what to do."""


class TenantVerdict(Struct, frozen=True, omit_defaults=True):
    """One tenant, 0 being the installation's own log.

    `unsealed` entries wait for the next head; `erased` rows have signed tombstones; `unreadable`
    images are of a tenant whose keys were destroyed.
    """

    tenant: int
    whole: bool
    position: int
    entries: int
    unsealed: int
    erased: int
    images: int
    unreadable: int
    broken: list[Broken] = []


class Verdict(Struct, frozen=True):
    """`first` is the first row that is not as it was written; `rules` of the database are gone."""

    whole: bool
    first: Broken | None
    first_tenant: int | None
    rules: list[str]
    tenants: list[TenantVerdict]


async def verify(known: Settings, *, images: bool = True) -> Verdict:
    """Read everything and change nothing; raise CannotVerify where that is not possible."""
    url = known.database or database.embedded_url(known.state)
    try:
        places = [FolderPlace(known.state / FOLDER), *([place(known.heads)] if known.heads else [])]
        trusted = await _trusted(known, places)
        await database.check_head(url)
        engine = database.engine(url)
        try:
            return await _verdict(known, engine, places, trusted, images)
        finally:
            await engine.dispose()
    except (database.DatabaseProblem, SigningKeyProblem, MasterProblem, DamagedPlace) as wrong:
        raise CannotVerify(str(wrong)) from None
    except (ValueError, *database.FAULTS) as wrong:
        reason = (str(wrong).splitlines() or [type(wrong).__name__])[0]
        raise CannotVerify(f"cannot read everything: {reason}; try `zaiseki doctor`") from None


async def _trusted(known: Settings, places: Sequence[Place]) -> set[bytes]:
    """Whose signatures count: this installation's own, and those noted where heads are kept."""
    trusted = public_key_at(known.signing_key or known.state / FILE)
    for one in places:
        trusted |= await one.trusted()
    if not trusted:
        raise CannotVerify(
            f"there is no signing key in {known.state}: give the hub's folder with --state,"
            " or the place where its heads are kept with --heads"
        )
    return trusted


async def _verdict(
    known: Settings,
    engine: AsyncEngine,
    places: Sequence[Place],
    trusted: set[bytes],
    images: bool,
) -> Verdict:
    heads = await _outside(places)
    async with engine.connect() as conn:
        await snapshot(conn)
        tenants = await known_tenants(conn, heads)
        rules = await missing_rules(conn)
        found = [await verify_tenant(conn, one, trusted, heads.get(one, [])) for one in tenants]
    if images:
        kept = SealedVault(vault(known.vault, known.state), Keys(engine, masters(known)))
        for one in found:
            if one.tenant != INSTALLATION:
                await verify_images(engine, kept, one)
    broken = [(one.tenant, broken) for one in found for broken in one.broken]
    first_tenant, first = broken[0] if broken else (None, None)
    told = [_tenant(one) for one in found]
    return Verdict(not broken and not rules, first, first_tenant, rules, told)


async def _outside(places: Sequence[Place]) -> dict[int, list[SignedHead]]:
    """Read before the record is, so that none is newer than it."""
    heads: dict[int, list[SignedHead]] = {}
    for one in places:
        for tenant in await one.tenants():
            heads.setdefault(tenant, []).extend(await one.heads(tenant))
    return heads


def _tenant(found: Found) -> TenantVerdict:
    return TenantVerdict(
        found.tenant, not found.broken, found.position, found.entries, found.unsealed,
        found.erased, found.images, found.unreadable, found.broken,
    )  # fmt: skip


def document(verdict: Verdict) -> str:
    return msgspec.json.format(msgspec.json.encode(verdict)).decode()


def told(verdict: Verdict) -> str:
    """A line for each tenant; for a broken one, its first broken row."""
    lines = [_line(one) for one in verdict.tenants if one.entries or one.broken]
    lines += [f"the database's own rule {rule} is gone; create it again" for rule in verdict.rules]
    return "\n".join(lines or ["nothing was written yet"])


def _line(one: TenantVerdict) -> str:
    name = f"tenant {one.tenant}" if one.tenant != INSTALLATION else "installation"
    if one.broken:
        first, more = one.broken[0], len(one.broken) - 1
        also = f"; and {more} more, see --json" if more else ""
        where = f"position {first.position}: " if first.position is not None else ""
        return f"{name}: {where}{first.area} {first.row} {SAID[first.fault]}: {first.detail}{also}"
    images = f", {one.images} images" if one.images else ""
    unreadable = f" ({one.unreadable} unreadable: keys destroyed)" if one.unreadable else ""
    erased = f", {one.erased} lawfully erased" if one.erased else ""
    waiting = f", {one.unsealed} since the last head" if one.unsealed else ""
    return f"{name}: whole: {one.entries} entries{erased}{images}{unreadable}{waiting}"


SAID = {
    Fault.CHANGED: "was CHANGED",
    Fault.REMOVED: "was REMOVED",
    Fault.INSERTED: "was INSERTED",
    Fault.TRUNCATED: "and what follows was CUT OFF",
    Fault.FORGED: "is FORGED",
}
