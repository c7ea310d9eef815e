"""What an agent has on at the moment, for its own page, its tray, and the hub's page."""

from dataclasses import dataclass

from agent.cameras.share import Outlets
from agent.evidence.taking import ON_INCIDENT, Status
from agent.pause import Pause
from agent.troubles import Trouble
from agent.uplink import day
from hub.protocol.facts import Policy, Presence, Reason
from hub.protocol.on_air import Camera, OnAir, Paused

REASON_MAX = 200  # letters of a `Text`


@dataclass(frozen=True)
class Now:
    """What the agent knows of itself at the moment."""

    presence: Presence
    reason: Reason | None
    for_s: float
    camera: Camera
    troubles: tuple[Trouble, ...]
    linked: bool
    name: str


def on_air(
    now: Now, policy: Policy, paused: Pause | None, taken: Status, outlets: Outlets, viewers: int
) -> OnAir:
    """What the hub is told, for the worker's page there."""
    opened = now.camera is not Camera.CLOSED
    return OnAir(
        camera=now.camera,
        level=policy.evidence,
        screen=opened and policy.evidence in ON_INCIDENT,
        next_capture_at=taken.next_capture_at if opened else None,
        images_today=taken.images_today,
        bytes_today=taken.bytes_today,
        waiting=taken.waiting,
        pause=told(paused) if paused else None,
        reason=None if now.camera is Camera.ON else now.reason,
        quiet=policy.quiet,
        viewers=viewers,
        stream=outlets.stream,
        virtual_camera=outlets.virtual_camera,
    )


def told(paused: Pause) -> Paused:
    """As far as a message may say it: the file that a pause is kept in may hold anything."""
    reason = paused.reason.replace("\0", "")[:REASON_MAX]
    return Paused(reason, None if paused.until is None else day(paused.until))
