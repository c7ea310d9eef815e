"""What the devices of one tenant have on at this moment: a live fact that nobody records."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct
from redis.exceptions import RedisError

from hub.live.broker import Broker
from hub.live.gathered import Gathered
from hub.live.line import AgentLine
from hub.live.tasks import still_wanted
from hub.presence.seat import Seat, device_of
from hub.presence.skew import on_air_by_hub
from hub.protocol.facts import Link
from hub.protocol.on_air import OnAir

TOGETHER = 100

log = logging.getLogger(__name__)


class Told(Struct, frozen=True):
    """A device's last word in one run of its agent; its times and `at` are by the hub's clock."""

    session: str
    at: float
    on_air: OnAir


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """What is known of a device; `live` if it is heard, and `on_air` is so at this moment."""

    link: Link = Link.OFFLINE
    live: bool = False
    told: Told | None = None


class OnAirs:
    """Kept in the broker, so that any node can be asked; each node has its agents' words again."""

    def __init__(self, tenant: int, broker: Broker, agents: dict[int, AgentLine]) -> None:
        self._tenant, self._broker, self._agents = tenant, broker, agents
        self._out = Gathered(self._keep, TOGETHER)

    def said(self, line: AgentLine, on: OnAir) -> None:
        line.on_air = on_air_by_hub(on, line.skew_s), time.time()
        self._out.add(line)

    def again(self) -> None:
        """The broker has begun anew, and knows nothing."""
        for line in self._agents.values():
            if line.on_air:
                self._out.add(line)

    async def of(self, seat: Seat, devices: Sequence[int], blind: bool) -> dict[int, DeviceNow]:
        """What is known of these devices of a seat; raise what Redis raises."""
        kept = await self._broker.on_air(self._tenant, devices)
        told = {device: msgspec.json.decode(value, type=Told) for device, value in kept.items()}
        return {device: now_of(seat, device, told.get(device), blind) for device in devices}

    async def _keep(self, lines: list[AgentLine]) -> None:
        told = {
            line.device: msgspec.json.encode(Told(line.session, line.on_air[1], line.on_air[0]))
            for line in lines
            if line.on_air
        }
        try:
            await self._broker.keep_on_air(self._tenant, told)
        except (RedisError, OSError) as failed:
            still_wanted()
            log.warning("what is on air is not kept", extra={"error": str(failed)})


def now_of(seat: Seat, device: int, told: Told | None, blind: bool) -> DeviceNow:
    """Silence is not the last word: what was said in another run, or may be over, is not live."""
    known = device_of(seat, device)
    if known is None:
        return DeviceNow(told=told)
    same = told is not None and known.session == told.session
    return DeviceNow(known.link, same and known.link is Link.ONLINE and not blind, told)
