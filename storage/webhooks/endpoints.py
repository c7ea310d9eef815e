"""The receivers of webhooks: added, changed, their keys rotated, enabled again, removed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Missing
from storage.models.webhooks import WebhookDelivery as Delivery
from storage.models.webhooks import WebhookEndpoint as Endpoint
from storage.people.groups import require_groups
from storage.sealing.sealed import Box
from storage.webhooks.bodies import Content
from storage.webhooks.keys import (
    Scheme,
    SigningKeys,
    former_for,
    new_keys,
    sealed_for,
    unpacked,
    with_pair,
)
from storage.webhooks.outbox import EVERY_TYPE, STANDING
from storage.webhooks.outcomes import give_up

ENDPOINTS_PER_TENANT = 10  # every event is sent to each of them
OVERLAP = timedelta(hours=24)  # for receivers to take the new ones over
COUNTED = timedelta(hours=24)


class Reason(StrEnum):
    """Why an endpoint is disabled: it said so (410), failed for days, or somebody did it."""

    GONE = "gone"
    FAILING = "failing"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an endpoint is told of, and how. No types: every type; no groups: everybody."""

    url: str
    types: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    description: str = ""
    content: Content = Content.STANDARD
    signing: tuple[Scheme, ...] = (Scheme.V1,)


@dataclass(frozen=True, slots=True)
class Shown:
    """The keys that a receiver verifies with; they are shown this once."""

    id: int
    keys: SigningKeys = field(repr=False)
    signing: tuple[Scheme, ...]

    @property
    def secret(self) -> str | None:
        return self.keys.secret if Scheme.V1 in self.signing else None

    @property
    def public_key(self) -> str | None:
        return self.keys.public if Scheme.V1A in self.signing else None


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as an administrator sees it; the counts are of the last 24 hours' messages."""

    id: int
    wishes: Wishes
    public_key: str | None
    created_at: datetime
    failing_since: datetime | None
    last_error: str | None
    rests_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: Reason | None
    former_until: datetime | None
    waiting: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def state(self) -> str:
        if self.disabled_at:
            return "disabled"
        return "failing" if self.failing_since else "active"


class TooManyEndpoints(Exception):
    """A tenant has no room for another endpoint."""

    def __init__(self) -> None:
        super().__init__(
            f"there are {ENDPOINTS_PER_TENANT} webhooks already; first remove one:"
            " zaiseki webhook remove ID"
        )


async def add_endpoint(conn: AsyncConnection, box: Box, wishes: Wishes, now: datetime) -> Shown:
    """Add an endpoint; its keys are shown this once.

    Raise TooManyEndpoints, or Missing for a group that is none. The caller has checked the address
    and the types.
    """
    count = select(func.count()).where(Endpoint.tenant_id == box.tenant, STANDING)
    if (await conn.execute(count)).scalar_one() >= ENDPOINTS_PER_TENANT:
        raise TooManyEndpoints
    await require_groups(conn, box.tenant, list(wishes.groups))
    keys = new_keys()
    row = insert(Endpoint).values(tenant_id=box.tenant, created_at=now, **_columns(wishes))
    endpoint = (await conn.execute(row.returning(Endpoint.id))).scalar_one()
    sealed = box.seal(sealed_for(endpoint, now), keys.packed)
    one = update(Endpoint).where(Endpoint.id == endpoint)
    await conn.execute(one.values(sealed=sealed, public_key=keys.public))
    return Shown(endpoint, keys, wishes.signing)


async def change_endpoint(
    conn: AsyncConnection, box: Box, endpoint_id: int, wishes: Wishes
) -> None:
    """Tell it other things from now on; what waits goes as it was written. Raise Missing."""
    await require_groups(conn, box.tenant, list(wishes.groups))
    changed = _one(box.tenant, endpoint_id).values(**_columns(wishes))
    if (await conn.execute(changed)).rowcount != 1:
        raise Missing("webhook", str(endpoint_id))
    row = await _kept(conn, box.tenant, endpoint_id)
    if Scheme.V1A in wishes.signing and row["public_key"] is None:
        keys = with_pair(_opened(box, row))  # one that an older version added
        await conn.execute(_one(box.tenant, endpoint_id).values(**_sealed(box, row, keys)))


async def rotate(conn: AsyncConnection, box: Box, endpoint_id: int, now: datetime) -> Shown:
    """Other keys, shown this once; those of before sign beside them for OVERLAP. Raise Missing."""
    row = await _kept(conn, box.tenant, endpoint_id)
    keys, before = new_keys(), _opened(box, row)
    former = box.seal(former_for(endpoint_id, row["created_at"]), before.packed)
    anew = _sealed(box, row, keys)
    one = _one(box.tenant, endpoint_id)
    await conn.execute(one.values(former=former, former_until=now + OVERLAP, **anew))
    return Shown(endpoint_id, keys, _schemes(row["signing"]))


async def enable(conn: AsyncConnection, tenant_id: int, endpoint_id: int) -> None:
    """Send there again what happens from now on. Raise Missing."""
    well = _one(tenant_id, endpoint_id).values(
        disabled_at=None, disabled_reason=None, failing_since=None, rests_until=None,
        last_error=None,
    )  # fmt: skip
    if (await conn.execute(well)).rowcount != 1:
        raise Missing("webhook", str(endpoint_id))


async def remove_endpoint(
    conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime
) -> None:
    """Send nothing more there and forget the keys; the row stays for the log. Raise Missing."""
    nothing = {"secret": "", "sealed": None, "former": None, "former_until": None}
    gone = _one(tenant_id, endpoint_id).values(removed_at=now, **nothing)
    if (await conn.execute(gone)).rowcount != 1:
        raise Missing("webhook", str(endpoint_id))
    await give_up(conn, tenant_id, endpoint_id, now, "the endpoint was removed")


async def forget_former(conn: AsyncConnection, now: datetime) -> int:
    """Keys that sign no more are kept no more; how many there were."""
    over = update(Endpoint).where(Endpoint.former_until < now)
    return (await conn.execute(over.values(former=None, former_until=None))).rowcount


# ---- read


async def endpoints(conn: AsyncConnection, tenant_id: int, now: datetime) -> list[EndpointRow]:
    """The tenant's endpoints in the order they were added, and how their messages fare."""
    rows = (await conn.execute(_listed(tenant_id).order_by(Endpoint.id))).mappings().all()
    counts = await _counts(conn, tenant_id, now)
    return [_row(row, counts.get(row["id"], {})) for row in rows]


async def endpoint(
    conn: AsyncConnection, tenant_id: int, endpoint_id: int, now: datetime
) -> EndpointRow:
    """One of them. Raise Missing."""
    for row in await endpoints(conn, tenant_id, now):
        if row.id == endpoint_id:
            return row
    raise Missing("webhook", str(endpoint_id))


def _listed(tenant_id: int) -> Select[*tuple[Any, ...]]:
    return select(
        Endpoint.id, Endpoint.url, Endpoint.types, Endpoint.groups, Endpoint.description,
        Endpoint.content, Endpoint.signing, Endpoint.public_key, Endpoint.created_at,
        Endpoint.failing_since, Endpoint.last_error, Endpoint.rests_until, Endpoint.disabled_at,
        Endpoint.disabled_reason, Endpoint.former_until,
    ).where(Endpoint.tenant_id == tenant_id, STANDING)  # fmt: skip


async def _counts(
    conn: AsyncConnection, tenant_id: int, now: datetime
) -> dict[int, dict[str, int]]:
    ask = (
        select(
            Delivery.endpoint_id,
            func.count(Delivery.due_at).label("waiting"),
            func.count(Delivery.delivered_at).label("delivered"),
            func.count(Delivery.failed_at).label("failed"),
        )
        .where(Delivery.tenant_id == tenant_id, Delivery.created_at > now - COUNTED)
        .group_by(Delivery.endpoint_id)
    )
    return {row.pop("endpoint_id"): row for row in map(dict, (await conn.execute(ask)).mappings())}


def _row(row: RowMapping, counts: dict[str, int]) -> EndpointRow:
    types = tuple(one for one in row["types"].split() if one != EVERY_TYPE)
    groups = tuple(int(one) for one in row["groups"].split())
    wishes = Wishes(
        row["url"], types, groups, row["description"], Content(row["content"]),
        _schemes(row["signing"]),
    )  # fmt: skip
    reason = row["disabled_reason"]
    if row["disabled_at"] and reason is None:
        reason = Reason.GONE  # an older version knew no other
    return EndpointRow(
        row["id"], wishes, row["public_key"] if Scheme.V1A in wishes.signing else None,
        row["created_at"], row["failing_since"], row["last_error"], row["rests_until"],
        row["disabled_at"], Reason(reason) if reason else None, row["former_until"], **counts,
    )  # fmt: skip


# ---- within


def _one(tenant_id: int, endpoint_id: int) -> Any:
    return update(Endpoint).where(
        Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, STANDING
    )


def _columns(wishes: Wishes) -> dict[str, str]:
    return {
        "url": wishes.url,
        "types": " ".join(sorted(set(wishes.types))) or EVERY_TYPE,
        "groups": " ".join(str(one) for one in sorted(set(wishes.groups))),
        "description": wishes.description,
        "content": wishes.content,
        "signing": " ".join(sorted(set(wishes.signing))),
    }


async def _kept(conn: AsyncConnection, tenant_id: int, endpoint_id: int) -> RowMapping:
    ask = select(
        Endpoint.id, Endpoint.secret, Endpoint.sealed, Endpoint.public_key, Endpoint.signing,
        Endpoint.created_at,
    ).where(Endpoint.id == endpoint_id, Endpoint.tenant_id == tenant_id, STANDING)  # fmt: skip
    row = (await conn.execute(ask.with_for_update())).mappings().one_or_none()
    if row is None:
        raise Missing("webhook", str(endpoint_id))
    return row


def _opened(box: Box, row: RowMapping) -> SigningKeys:
    if row["sealed"] is None:
        return SigningKeys(row["secret"])
    return unpacked(box.open(sealed_for(row["id"], row["created_at"]), row["sealed"]))


def _sealed(box: Box, row: RowMapping, keys: SigningKeys) -> dict[str, object]:
    about = sealed_for(row["id"], row["created_at"])
    return {"sealed": box.seal(about, keys.packed), "secret": "", "public_key": keys.public}


def _schemes(signing: str) -> tuple[Scheme, ...]:
    return tuple(Scheme(one) for one in signing.split())
