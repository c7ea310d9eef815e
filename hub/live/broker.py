"""The live path in Redis: one script commits a tick, the stream is the letter, pub/sub the bell."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from hub.live.servers import Servers
from hub.presence.seat import Seat
from hub.protocol.watchers import IncidentNews

ON_AIR_KEPT_S = 24 * 3600  # after the device has said it last
HISTORY_LENGTH = 10_000  # ticks; at 20 a second the busiest tenant can resume after 8 minutes


class Tick(Struct, frozen=True, omit_defaults=True):
    """What one commit tells all nodes. `directory` is set when the record's directory changed."""

    seats: tuple[Seat, ...] = ()
    news: tuple[IncidentNews, ...] = ()
    directory: int = 0

    @property
    def tells(self) -> bool:
        """Whether there is anything that other nodes must hear."""
        return bool(self.seats or self.news or self.directory)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a node must know to follow a tenant.

    `restored` once the record's seats are back in an epoch; nobody takes changes before.
    """

    epoch: str
    offset: int
    directory_offset: int
    restored: bool
    seats: dict[int, Seat]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a tenant stands in the broker; the epoch is empty where nobody has begun one."""

    epoch: str
    offset: int


NOWHERE = Stand("", 0)


@dataclass(slots=True)
class Batch:
    """One tick's work for the script. Rows are (owner, field, row), owner a device id or 'hub'.

    Seats are (member, rev, seat): what was decided over that rev holds only if it still stands,
    also where the decision was to leave the seat (None) as it is.
    """

    seats: list[tuple[int, int, Seat | None]] = field(default_factory=list)
    guards: list[tuple[int, int]] = field(default_factory=list)
    leases: list[tuple[int, int | None]] = field(default_factory=list)
    rows: list[tuple[str, str, bytes]] = field(default_factory=list)
    news: list[IncidentNews] = field(default_factory=list)
    directory: int = 0
    restored: bool = False

    @property
    def tick(self) -> Tick:
        changed = tuple(seat for _, _, seat in self.seats if seat is not None)
        return Tick(changed, tuple(self.news), self.directory)


@dataclass(frozen=True, slots=True)
class Committed:
    offset: int
    tick: Tick


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another node was first: catch up with it and decide again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """These devices' deadlines have moved: they do not expire."""

    devices: frozenset[int]


@dataclass(frozen=True, slots=True)
class Known:
    """Another node has told of this directory."""


class EpochOver(Exception):
    """The broker's data is not the one we follow: open the tenant again."""


@dataclass(frozen=True, slots=True)
class Told:
    """One tick as it arrives from pub/sub or from the history."""

    epoch: str
    offset: int
    tick: Tick


Outcome = Committed | Conflict | Heard | Known

_decode_seat = msgspec.json.Decoder(Seat).decode
_decode_tick = msgspec.json.Decoder(Tick).decode
_encode = msgspec.json.Encoder().encode


class Broker:
    """Everything that the hub asks of Redis for presence; keys are tagged by tenant."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self._commit = Script("commit")
        self._open = Script("open")
        self._renew = Script("renew")
        self._due = Script("due")
        self._recorded = Script("recorded")

    def at(self, tenant: int) -> Redis:
        """The server that has the tenant's keys."""
        return self.servers.at(key(tenant, "meta"))

    async def open(self, tenant: int, new_epoch: str, seen: Stand = NOWHERE) -> Opened:
        """Begin a new epoch where none is, on another server, and below an offset that was seen."""
        keys = [key(tenant, name) for name in ("meta", "seats", "leases", "history")]
        redis = self.at(tenant)
        run = str((await redis.info("server"))["run_id"])
        reply = await self._open(redis, keys, [run, new_epoch, seen.epoch, seen.offset])
        epoch, offset, directory_offset, restored, seats = reply
        pairs = zip(seats[::2], seats[1::2], strict=True)
        held = {int(member): seat(value) for member, value in pairs}
        return Opened(epoch.decode(), offset, directory_offset, bool(restored), held)

    async def commit(self, tenant: int, epoch: str, batch: Batch) -> Outcome:
        """Raise EpochOver when the data is another life's."""
        tick = batch.tick
        payload = _encode(tick) if tick.tells else b""
        keys = [key(tenant, name) for name in KEYS]
        reply = await self._commit(
            self.at(tenant), keys, [epoch, payload, HISTORY_LENGTH, *arguments(batch)]
        )
        return outcome(reply, tick)

    async def renew(self, tenant: int, devices: Sequence[int], lease_s: float) -> Stand:
        """Renew the leases of these devices, and tell where the tenant stands by now."""
        keys = [key(tenant, "leases"), key(tenant, "meta")]
        epoch, offset = await self._renew(self.at(tenant), keys, [int(lease_s * 1000), *devices])
        return Stand(epoch.decode(), offset)

    async def due(self, tenant: int, limit: int = 500) -> list[tuple[int, int]]:
        """Devices whose deadline passed, by the broker's clock, with that deadline in ms."""
        reply = await self._due(self.at(tenant), [key(tenant, "leases")], [limit])
        return [(int(reply[at]), int(reply[at + 1])) for at in range(0, len(reply), 2)]

    async def history(self, tenant: int, after: int) -> list[Told]:
        """The ticks after an offset, oldest first; the first is after + 1 unless it is cut off."""
        read = await self.at(tenant).xrange(key(tenant, "history"), min=f"{after + 1}-0")
        entries = cast("list[Entry]", read)
        return [Told("", offset_of(id), _decode_tick(tick[b"tick"])) for id, tick in entries]

    async def unrecorded(self, tenant: int, owner: str) -> dict[str, tuple[str, int, bytes]]:
        """Outcomes that SQL does not have yet: field -> (epoch, offset, row)."""
        read = await self.at(tenant).hgetall(f"{key(tenant, 'unrecorded')}:{owner}")
        held = cast("dict[bytes, bytes]", read)
        return {name.decode(): placed(value) for name, value in held.items()}

    async def unrecorded_of(
        self, tenant: int, owners: Sequence[str]
    ) -> dict[str, dict[str, tuple[str, int, bytes]]]:
        """The same for many owners at once; those who have none are left out.

        Hardly anybody has any, so first it is asked whether there is one at all.
        """
        names = [f"{key(tenant, 'unrecorded')}:{owner}" for owner in owners]
        if not await self.at(tenant).exists(*names):
            return {}
        pipe = self.at(tenant).pipeline(transaction=False)
        for name in names:
            pipe.hgetall(name)
        found = zip(owners, cast("list[dict[bytes, bytes]]", await pipe.execute()), strict=True)
        return {
            owner: {name.decode(): placed(value) for name, value in held.items()}
            for owner, held in found
            if held
        }

    async def pass_on(self, tenant: int, message: bytes) -> None:
        """Let every node hear a word that is no change of a seat; nobody keeps it."""
        await self.at(tenant).execute_command("SPUBLISH", key(tenant, "live"), PASSED_ON + message)

    async def keep_on_air(self, tenant: int, told: Mapping[int, bytes]) -> None:
        """What these devices said last of what they have on, for whoever asks on any node."""
        pipe = self.at(tenant).pipeline(transaction=False)
        for device, value in told.items():
            pipe.set(f"{key(tenant, 'on_air')}:{device}", value, ex=ON_AIR_KEPT_S)
        await pipe.execute()

    async def on_air(self, tenant: int, devices: Sequence[int]) -> dict[int, bytes]:
        """The same again, of those of whom anything is known."""
        if not devices:
            return {}
        names = [f"{key(tenant, 'on_air')}:{device}" for device in devices]
        held = cast("list[bytes | None]", await self.at(tenant).mget(names))
        return {one: value for one, value in zip(devices, held, strict=True) if value is not None}

    async def recorded(self, tenant: int, fields: Collection[tuple[str, str]]) -> None:
        """SQL has these rows now: (owner, field)."""
        if not fields:
            return
        kept = key(tenant, "unrecorded")
        owners = [f"{kept}:{owner}" for owner, _ in fields]
        await self._recorded(self.at(tenant), owners, [name for _, name in fields])

    async def forget(self, tenant: int) -> None:
        """Nothing of the tenant is kept; nodes that follow it begin anew with what the record has.

        Once in a tenant's life: all names of its server are looked through.
        """
        redis = self.at(tenant)
        async for name in redis.scan_iter(match=f"{key(tenant, '')}*", count=1_000):
            await redis.delete(name)


Entry = tuple[bytes, dict[bytes, bytes]]
PASSED_ON = b"|"  # no tick begins so: its epoch comes first
KEYS = ("meta", "seats", "leases", "history", "live", "unrecorded")


def key(tenant: int, name: str) -> str:
    return f"{{zaiseki:{tenant}}}:{name}"


def offset_of(entry: bytes) -> int:
    return int(entry.split(b"-")[0])


def told(message: bytes) -> Told:
    epoch, offset, tick = message.split(b"|", 2)
    return Told(epoch.decode(), int(offset), _decode_tick(tick))


def seat(value: bytes) -> Seat:
    rev, body = value.split(b"|", 1)
    return msgspec.structs.replace(_decode_seat(body), rev=int(rev))


def placed(value: bytes) -> tuple[str, int, bytes]:
    epoch, offset, row = value.split(b"|", 2)
    return epoch.decode(), int(offset), row


def arguments(batch: Batch) -> list[bytes | str | int]:
    """The batch as the flat list that the script takes."""
    flat: list[bytes | str | int] = [batch.directory, int(batch.restored), len(batch.seats)]
    for member, rev, changed in batch.seats:
        flat += [member, rev, b"" if changed is None else _encode(changed)]
    flat.append(len(batch.guards))
    for device, deadline_ms in batch.guards:
        flat += [device, deadline_ms]
    flat.append(len(batch.leases))
    for device, ms in batch.leases:
        flat += [device, "drop" if ms is None else ms]
    flat.append(len(batch.rows))
    for row in batch.rows:
        flat += row
    return flat


def outcome(reply: list[bytes | int], tick: Tick) -> Outcome:
    match reply:
        case [b"ok", int(offset)]:
            return Committed(offset, tick)
        case [b"conflict"]:
            return Conflict()
        case [b"heard", *devices]:
            return Heard(frozenset(int(device) for device in devices))
        case [b"known"]:
            return Known()
        case _:
            raise EpochOver


class Script:
    """One of our Lua files; a server that does not have it yet is given its text with the call."""

    def __init__(self, name: str) -> None:
        self._text = (files("hub.live") / f"{name}.lua").read_text()
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(
        self, redis: Redis, keys: Sequence[str], args: Sequence[bytes | str | int]
    ) -> Any:
        try:
            return await redis.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await redis.eval(self._text, len(keys), *keys, *args)
