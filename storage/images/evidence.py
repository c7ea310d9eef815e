"""Images of members as the record knows them: taken, on their way, stored, lost or erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, Update, and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from hub.protocol.agents import EvidencePiece
from hub.protocol.facts import EvidenceKind, EvidenceState
from hub.protocol.images import Offer, statement
from storage.errors import Missing, Taken
from storage.models.images import LEFT_IN_VAULT, DeviceKey, Evidence
from storage.models.people import Member
from storage.people.members import in_scope
from storage.proof import log
from storage.proof.chain import ONE_BY_ONE, Area, append, columns
from storage.proof.tombstones import bury
from storage.seats.devices import LinkedDevice
from storage.upsert import insert_for, insert_new

TOKYO = ZoneInfo("Asia/Tokyo")  # retention counts its calendar days
VERDICT = "verdict"  # why images went: their incident was benign or a mistake
OWN_WISH = "own_wish"  # why an image went: the member it shows took it away


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One image, or why there is none. `public_key` and `signature` let anybody verify it."""

    id: str
    member: int
    member_name: str
    device: int
    incident: str | None
    kind: EvidenceKind
    screen: int
    taken_at: datetime
    state: EvidenceState
    reason: str | None
    media: str | None
    size: int | None
    width: int | None
    height: int | None
    sha256: bytes | None
    statement: bytes | None
    signature: bytes | None
    public_key: bytes | None
    stored_at: datetime | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """Where a page ends: the next one begins with what is older."""

    taken_at: datetime
    id: str


def image_name(tenant: int, id: str, taken_at: datetime) -> str:
    """Under which name the vault has it: by day, so that a whole day can be taken away."""
    return f"{tenant}/{taken_at.astimezone(TOKYO):%Y-%m-%d}/{id}"


def parts_folder(tenant: int, id: str) -> str:
    """Where the vault has what came of an image until it is whole."""
    return f"{tenant}/parts/{id}"


# ---- what devices say


async def tell_pieces(
    conn: AsyncConnection,
    tenant: int,
    member: int,
    device: int,
    pieces: Sequence[EvidencePiece],
    now: datetime,
) -> None:
    """What is stored or erased stays so, whatever is told of it later, by whomever."""
    if not pieces:
        return
    insert = insert_for(conn, Evidence)
    new = insert.excluded
    said = insert.on_conflict_do_update(
        index_elements=["tenant_id", "id"],
        set_={"state": new.state, "reason": new.reason},
        where=and_(
            Evidence.device_id == new.device_id,
            Evidence.state == EvidenceState.PENDING,
            new.state != EvidenceState.PENDING,
        ),
    )
    rows = [
        {
            "tenant_id": tenant,
            "id": piece.id,
            "member_id": member,
            "device_id": device,
            "incident_id": piece.incident,
            "kind": piece.kind,
            "screen": piece.screen,
            "taken_at": utc(piece.taken_at),
            "state": piece.state,
            "reason": piece.reason,
            "recorded_at": now,
        }
        for piece in pieces
        if piece.state not in (EvidenceState.STORED, EvidenceState.ERASED)
    ]
    if rows:
        told = await conn.execute(
            said.returning(*columns(Area.EVIDENCE)), rows, execution_options=ONE_BY_ONE
        )
        await append(conn, Area.EVIDENCE, told.all())


async def offered(
    conn: AsyncConnection, linked: LinkedDevice, offer: Offer, now: datetime
) -> EvidenceState:
    """Note what a device is about to send, even before its report; the state it is in by now.

    Raise Taken if the id is of another device, or of another image.
    """
    claim = offer.claim
    row = {
        "tenant_id": linked.tenant,
        "id": claim.id,
        "member_id": linked.member,
        "device_id": linked.device,
        "incident_id": claim.incident,
        "kind": claim.kind,
        "screen": claim.screen,
        "taken_at": utc(claim.taken_at),
        "state": EvidenceState.PENDING,
        "recorded_at": now,
    }
    new = insert_for(conn, Evidence).values(row).on_conflict_do_nothing()
    first = await conn.execute(new.returning(*columns(Area.EVIDENCE)))
    await append(conn, Area.EVIDENCE, first.all())
    mine = _one(linked.tenant, claim.id) & (Evidence.device_id == linked.device)
    known = (await conn.execute(select(Evidence.state, Evidence.sha256).where(mine))).one_or_none()
    sha256 = bytes.fromhex(claim.sha256)
    if known is None or known.sha256 not in (None, sha256):
        raise Taken("image", claim.id)
    if known.state != EvidenceState.PENDING:
        return EvidenceState(known.state)
    told = update(Evidence).where(mine, Evidence.state == EvidenceState.PENDING)
    await conn.execute(
        told.values(
            sha256=sha256,
            size=claim.size,
            media=claim.media,
            width=claim.width,
            height=claim.height,
            statement=statement(claim),
            signature=offer.signature,
            key_id=await _key(conn, linked, offer.public_key, now),
            vaulted=True,
        )
    )
    return EvidenceState.PENDING


@dataclass(frozen=True, slots=True)
class Expected:
    """What the rest of an upload is checked against."""

    state: EvidenceState
    kind: EvidenceKind
    taken_at: datetime
    media: str
    size: int
    width: int
    height: int
    sha256: bytes


async def expected(conn: AsyncConnection, linked: LinkedDevice, id: str) -> Expected:
    """Raise Missing if this device has not offered it."""
    wanted = select(
        Evidence.state, Evidence.kind, Evidence.taken_at, Evidence.media, Evidence.size,
        Evidence.width, Evidence.height, Evidence.sha256,
    ).where(_one(linked.tenant, id), Evidence.device_id == linked.device)  # fmt: skip
    row = (await conn.execute(wanted.where(Evidence.sha256.is_not(None)))).one_or_none()
    if row is None:
        raise Missing("image", id)
    named = row._asdict()
    named |= {"kind": EvidenceKind(row.kind), "state": EvidenceState(row.state)}
    return Expected(**named)


async def stored(conn: AsyncConnection, tenant: int, id: str, now: datetime) -> EvidenceState:
    """The vault has it; the state after that, which is another if it was erased meanwhile."""
    arrived = update(Evidence).where(
        _one(tenant, id), Evidence.state.not_in([EvidenceState.STORED, EvidenceState.ERASED])
    )
    values = {"state": EvidenceState.STORED, "reason": None, "stored_at": now, "vaulted": True}
    await _changed(conn, arrived.values(values))
    wanted = select(Evidence.state).where(_one(tenant, id))
    state = (await conn.execute(wanted)).scalar_one_or_none()
    if state == EvidenceState.ERASED:  # the vault was emptied before this came into it
        await conn.execute(update(Evidence).where(_one(tenant, id)).values(vaulted=True))
    return EvidenceState(state or EvidenceState.ERASED)


async def refused(conn: AsyncConnection, tenant: int, id: str, why: str) -> None:
    """It is no image that may be kept; it is not coming again."""
    one = update(Evidence).where(_one(tenant, id), Evidence.state == EvidenceState.PENDING)
    await _changed(conn, one.values(state=EvidenceState.ABSENT, reason=why[:200]))


async def _changed(conn: AsyncConnection, told: Update) -> list[Row[Any]]:
    """The rows as they are now; their digests are kept."""
    rows = list((await conn.execute(told.returning(*columns(Area.EVIDENCE)))).all())
    await append(conn, Area.EVIDENCE, rows)
    return rows


async def _key(conn: AsyncConnection, linked: LinkedDevice, public: bytes, now: datetime) -> int:
    row = {
        "tenant_id": linked.tenant,
        "device_id": linked.device,
        "public_key": public,
        "created_at": now,
    }
    await insert_new(conn, DeviceKey, [row])
    same = (DeviceKey.device_id == linked.device, DeviceKey.public_key == public)
    return (await conn.execute(select(DeviceKey.id).where(*same))).scalar_one()


# ---- what people see


async def evidence(
    conn: AsyncConnection,
    scope: Scope,
    limit: int,
    before: Before | None = None,
    member: int | None = None,
    incident: str | None = None,
) -> list[EvidenceRow]:
    """At most `limit` images of members in the scope, newest first, from `before` on."""
    wanted = _rows(scope).order_by(Evidence.taken_at.desc(), Evidence.id.desc()).limit(limit)
    if member is not None:
        wanted = wanted.where(Evidence.member_id == member)
    if incident is not None:
        wanted = wanted.where(Evidence.incident_id == incident)
    if before is not None:
        same_moment = and_(Evidence.taken_at == before.taken_at, Evidence.id < before.id)
        wanted = wanted.where(or_(Evidence.taken_at < before.taken_at, same_moment))
    return [_row(row) for row in await conn.execute(wanted)]


async def holds(conn: AsyncConnection, scope: Scope, member: int) -> bool:
    """Whether there is such a member in the scope."""
    wanted = select(Member.id).where(Member.id == member, in_scope(scope))
    return (await conn.execute(wanted)).scalar_one_or_none() is not None


async def one_image(conn: AsyncConnection, scope: Scope, id: str) -> EvidenceRow:
    """Raise Missing if there is none of that id in the scope."""
    row = (await conn.execute(_rows(scope).where(Evidence.id == id))).one_or_none()
    if row is None:
        raise Missing("image", id)
    return _row(row)


# ---- what is taken away


async def erase_for(conn: AsyncConnection, tenant: int, incident: str, now: datetime) -> int:
    """An incident was benign or a mistake: its images become tombstones; how many there are.

    To be called in the transaction of the verdict; `hub.jobs.erasing` then empties the vault. An
    image that is still on its way is refused when it comes.
    """
    erased = await erase_images(conn, tenant, Evidence.incident_id == incident, VERDICT, now)
    if erased:
        told = {"incident": incident, "images": erased}
        await log.write(conn, tenant, log.What.IMAGES_ERASED, None, told, now)
    return erased


async def erase_own(
    conn: AsyncConnection, tenant: int, member: int, id: str, now: datetime
) -> bool:
    """A member takes away an image of themselves that is of no incident; whether it was there.

    Asked for in the update, so that one that meanwhile belongs to an incident stays.
    """
    mine = and_(
        Evidence.id == id,
        Evidence.member_id == member,
        Evidence.incident_id.is_(None),
        Evidence.state.in_((EvidenceState.PENDING, EvidenceState.STORED)),
    )
    erased = await erase_images(conn, tenant, mine, OWN_WISH, now)
    if erased:
        told = {"member": member, "image": id, "reason": OWN_WISH}
        await log.write(conn, tenant, log.What.IMAGES_ERASED, member, told, now)
    return erased == 1


async def erase_images(
    conn: AsyncConnection, tenant: int, which: ColumnElement[bool], reason: str, now: datetime
) -> int:
    """These images become tombstones that say why; how many did. The vault is emptied later."""
    about = update(Evidence).where(
        Evidence.tenant_id == tenant, which, Evidence.state != EvidenceState.ERASED
    )
    gone = {"state": EvidenceState.ERASED, "reason": reason, "erased_at": now}
    erased = await _changed(conn, about.values(gone))
    await bury(conn, Area.EVIDENCE, tenant, [row.id for row in erased], reason, now)
    return len(erased)


async def left_in_vault(
    conn: AsyncConnection, limit: int, tenant: int | None = None
) -> list[tuple[int, str, datetime]]:
    """Images that are gone but that the vault may have, whole or in part: (tenant, id, taken).

    Of one tenant, or of all.
    """
    wanted = select(Evidence.tenant_id, Evidence.id, Evidence.taken_at).where(text(LEFT_IN_VAULT))
    if tenant is not None:
        wanted = wanted.where(Evidence.tenant_id == tenant)
    rows = await conn.execute(wanted.limit(limit))
    return [(row.tenant_id, row.id, row.taken_at) for row in rows]


async def emptied(conn: AsyncConnection, tenant: int, id: str) -> None:
    """The vault has nothing of it any more."""
    await conn.execute(update(Evidence).where(_one(tenant, id)).values(vaulted=False))


def _one(tenant: int, id: str) -> ColumnElement[bool]:
    return and_(Evidence.tenant_id == tenant, Evidence.id == id)


def _rows(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Evidence.id,
            Evidence.member_id.label("member"),
            Member.name.label("member_name"),
            Evidence.device_id.label("device"),
            Evidence.incident_id.label("incident"),
            Evidence.kind, Evidence.screen, Evidence.taken_at, Evidence.state, Evidence.reason,
            Evidence.media, Evidence.size, Evidence.width, Evidence.height, Evidence.sha256,
            Evidence.statement, Evidence.signature, DeviceKey.public_key, Evidence.stored_at,
            Evidence.erased_at,
        )
        .join(Member, Member.id == Evidence.member_id)
        .outerjoin(DeviceKey, DeviceKey.id == Evidence.key_id)
        .where(Evidence.tenant_id == scope.tenant, in_scope(scope))
    )  # fmt: skip


def _row(row: Any) -> EvidenceRow:
    named = row._asdict()
    named |= {"kind": EvidenceKind(row.kind), "state": EvidenceState(row.state)}
    return EvidenceRow(**named)


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
