"""The record of what happened to seats: written in batches, read back for resume and replay."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, convert
from msgspec.json import encode
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Subquery,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.agents import EvidenceReport, GapReport
from hub.protocol.facts import IncidentKind, Phase, Sighting, Why
from hub.protocol.watchers import SeatView
from storage.images.evidence import tell_pieces
from storage.models.images import EvidenceStep
from storage.models.incidents import Incident, IncidentStep
from storage.models.seats import Gap, Transition
from storage.proof.chain import ONE_BY_ONE, Area, append, columns
from storage.seats.belated import LATE, forget_sums
from storage.upsert import Row, insert_for, insert_new

SKEW_MARK_S = 120.0  # presence semantics: a device clock that is further off marks its rows


class Place(Struct, frozen=True, array_like=True):
    """Where a live row stands: the tick at `offset` of `epoch`, and its position in that tick."""

    epoch: str
    offset: int
    position: int


class Number(Struct, frozen=True, array_like=True):
    """A device's own number of a report."""

    device: int
    device_epoch: str
    seq: int


class Moment(Struct, frozen=True, omit_defaults=True):
    """A change of a seat; `state` is the whole seat after it. A late one has no place.

    `relabelled` if the word changed that every screen shows.
    """

    member: int
    cause: str
    event_time: float
    received_at: float
    state: SeatView
    device: int | None = None
    number: Number | None = None
    place: Place | None = None
    skew_s: float | None = None
    why: Why | None = None
    relabelled: bool = False


class Step(Struct, frozen=True, omit_defaults=True):
    """A reported step of an incident, with the incident's whole state."""

    member: int
    number: Number
    phase: Phase
    sighting: Sighting
    event_time: float
    received_at: float
    late: bool = False


class Hole(Struct, frozen=True):
    """What a device had to overwrite."""

    member: int
    number: Number
    gap: GapReport
    received_at: float


class Told(Struct, frozen=True):
    """What a device said about its images."""

    member: int
    number: Number
    report: EvidenceReport
    received_at: float


async def record(
    conn: AsyncConnection,
    tenant: int,
    moments: Sequence[Moment],
    steps: Sequence[Step],
    holes: Sequence[Hole],
    now: datetime,
    evidence: Sequence[Told] = (),
) -> None:
    """Write what is not written yet; recording anything twice is recording it once."""
    await forget_sums(conn, tenant, belated(moments, holes, now))
    await insert_new(conn, Transition, [moment_row(tenant, moment) for moment in moments])
    await insert_new(conn, Gap, [hole_row(tenant, hole) for hole in holes])
    await insert_new(conn, IncidentStep, [step_row(tenant, step) for step in steps])
    await _latest(conn, [incident_row(tenant, step, now) for step in steps])
    await insert_new(conn, EvidenceStep, [evidence_step_row(tenant, told) for told in evidence])
    for told in evidence:
        await tell_pieces(conn, tenant, told.member, told.number.device, told.report.pieces, now)


def belated(moments: Sequence[Moment], holes: Sequence[Hole], now: datetime) -> dict[int, float]:
    """Since when days may add up to something else, by member: what comes late enough for that."""
    came = [(one.member, min(one.event_time, one.received_at)) for one in moments]
    came += [(one.member, min(one.gap.lost_from, one.received_at)) for one in holes]
    late = (now - LATE).timestamp()
    found: dict[int, float] = {}
    for member, at in came:
        if at < late:
            found[member] = min(at, found.get(member, at))
    return found


async def _latest(conn: AsyncConnection, rows: list[Row]) -> None:
    """The newest word on each incident stays, in whatever order the words come."""
    if not rows:
        return
    insert = insert_for(conn, Incident)
    new = insert.excluded
    update = insert.on_conflict_do_update(
        index_elements=["tenant_id", "id"],
        set_={"seen_at": new.seen_at, "ended_at": new.ended_at, "count": new["count"]},
        where=(Incident.ended_at.is_(None)) & (new.seen_at >= Incident.seen_at),
    )
    told = await conn.execute(
        update.returning(*columns(Area.INCIDENT)), rows, execution_options=ONE_BY_ONE
    )
    await append(conn, Area.INCIDENT, told.all())


async def recorded_upto(
    conn: AsyncConnection, tenant: int, numbered: Collection[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """For each (device, device_epoch) the highest number that is durable; all before it are, too.

    Reports are sent, committed and recorded strictly in order, so the highest vouches for the rest.
    """
    asked = pairs(conn, numbered)
    highest = [
        select(func.max(table.seq))
        .where(
            table.tenant_id == tenant,
            table.device_id == asked.c.device,
            table.device_epoch == asked.c.epoch,
        )
        .scalar_subquery()
        for table in (Transition, IncidentStep, Gap, EvidenceStep)
    ]
    rows = await conn.execute(select(asked.c.device, asked.c.epoch, *highest))
    return {(device, epoch): max(seq or 0 for seq in seqs) for device, epoch, *seqs in rows}


def pairs(conn: AsyncConnection, numbered: Collection[tuple[int, str]]) -> Subquery:
    """Devices and their epochs as rows, from one parameter: a statement that is compiled once."""
    listed = bindparam("listed", encode(list(numbered)).decode(), String)
    if conn.dialect.name == "postgresql":
        value = func.jsonb_array_elements(cast(listed, JSONB)).column_valued("value")
        device = cast(value.op("->>")(0), BigInteger)
        return select(device.label("device"), value.op("->>")(1).label("epoch")).subquery("asked")
    item = func.json_each(listed).table_valued("value").c.value
    first, second = func.json_extract(item, "$[0]"), func.json_extract(item, "$[1]")
    return select(first.label("device"), second.label("epoch")).subquery("asked")


async def last_states(conn: AsyncConnection, tenant: int) -> tuple[list[SeatView], float]:
    """Each seat as its last live row has it, and the last moment that the record vouches for.

    The last is the one that the boards saw last: nodes write their rows in any order.
    """
    live = (Transition.tenant_id == tenant, Transition.epoch.is_not(None))
    epochs = select(Transition.epoch, func.min(Transition.id).label("began")).where(*live)
    epoch = epochs.group_by(Transition.epoch).subquery()
    rows = (*live, Transition.epoch == epoch.c.epoch)
    states = await conn.execute(last_of_each_seat(*rows, began=epoch.c.began))
    vouched = await conn.execute(select(func.max(Transition.received_at)).where(*live))
    last = vouched.scalar_one()
    return [convert(state, SeatView) for (state,) in states], last.timestamp() if last else 0.0


def last_of_each_seat(
    *rows: ColumnElement[bool], began: ColumnElement[Any] | None = None
) -> Select[tuple[Any]]:
    """The state in each seat's last one of these rows; of several epochs, with when each began."""
    order = (Transition.offset.desc(), Transition.position.desc())
    newest_first = order if began is None else (began.desc(), *order)
    place = func.row_number().over(partition_by=Transition.member_id, order_by=newest_first)
    ranked = select(Transition.id, place.label("place")).where(*rows).subquery()
    last = select(ranked.c.id).where(ranked.c.place == 1)
    return select(Transition.state).where(Transition.id.in_(last))


async def unreviewed(
    conn: AsyncConnection, tenant: int, limit: int
) -> list[tuple[int, int, Sighting]]:
    """The latest incidents that nobody has judged: (member, device, sighting), oldest first."""
    wanted = select(Incident).where(Incident.tenant_id == tenant, Incident.verdict_id.is_(None))
    newest = wanted.order_by(Incident.opened_at.desc()).limit(limit)
    found = [(row.member_id, row.device_id, _sighting(row)) for row in await conn.execute(newest)]
    return found[::-1]


def _sighting(row: Any) -> Sighting:
    return Sighting(
        row.id,
        IncidentKind(row.kind),
        row.opened_at.timestamp(),
        row.seen_at.timestamp(),
        row.count,
        ongoing=False,
    )


def moment_row(tenant: int, moment: Moment) -> Row:
    number, place, skew = moment.number, moment.place, moment.skew_s
    return {
        "tenant_id": tenant,
        "member_id": moment.member,
        "device_id": moment.device,
        "device_epoch": number and number.device_epoch,
        "seq": number and number.seq,
        "epoch": place and place.epoch,
        "offset": place and place.offset,
        "position": place and place.position,
        "cause": moment.cause,
        "label": moment.state.label,
        "event_time": utc(moment.event_time),
        "received_at": utc(moment.received_at),
        "skew_ms": None if skew is None else round(skew * 1000),
        "skewed": abs(skew or 0.0) > SKEW_MARK_S,
        "state": moment.state,
        "why": moment.why,
    }


def step_row(tenant: int, step: Step) -> Row:
    return {
        "tenant_id": tenant,
        **number_row(step.number),
        "incident_id": step.sighting.id,
        "phase": step.phase,
        "event_time": utc(step.event_time),
        "received_at": utc(step.received_at),
        "late": step.late,
    }


def evidence_step_row(tenant: int, told: Told) -> Row:
    return {
        "tenant_id": tenant,
        **number_row(told.number),
        "pieces": len(told.report.pieces),
        "event_time": utc(told.report.at),
        "received_at": utc(told.received_at),
    }


def incident_row(tenant: int, step: Step, now: datetime) -> Row:
    sighting = step.sighting
    return {
        "tenant_id": tenant,
        "id": sighting.id,
        "member_id": step.member,
        "device_id": step.number.device,
        "kind": sighting.kind,
        "opened_at": utc(sighting.opened_at),
        "seen_at": utc(sighting.seen_at),
        "ended_at": None if sighting.ongoing else utc(sighting.seen_at),
        "count": sighting.count,
        "late": step.late,
        "why": sighting.why,
        "recorded_at": now,
    }


def hole_row(tenant: int, hole: Hole) -> Row:
    gap = hole.gap
    return {
        "tenant_id": tenant,
        **number_row(hole.number),
        "lost_from": utc(gap.lost_from),
        "lost_to": utc(gap.lost_to),
        "count": gap.count,
        "reason": gap.reason,
        "received_at": utc(hole.received_at),
    }


def number_row(number: Number) -> Row:
    return {
        "device_id": number.device,
        "device_epoch": number.device_epoch,
        "seq": number.seq,
    }


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
