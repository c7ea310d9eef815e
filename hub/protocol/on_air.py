"""What a device has on at this moment, for the worker whose it is; and the pause they ask it for.

Told with a heartbeat, when it changed and now and then, kept as a live fact and never recorded.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.protocol.facts import Count, EvidenceLevel, Quiet, Reason, Text, Time

PAUSE_MAX_S = 24 * 3600.0

Bytes = Annotated[int, Meta(ge=0, le=2**53)]


class Camera(StrEnum):
    """Open, closed on purpose, or wanted and not working."""

    ON = "on"
    CLOSED = "closed"
    FAULT = "fault"


class Paused(Struct, frozen=True, omit_defaults=True):
    """The worker's own word; without `until` it holds until they resume."""

    reason: Text
    until: Time | None = None


class OnAir(Struct, frozen=True, omit_defaults=True):
    """What is on. `level` is the evidence level in force at the device; `screen` whether the screen
    may be captured now; `next_capture_at` is none where nothing is captured by time.

    Sent and waiting are images; today is the device's own day. `reason` and `quiet` say why the
    camera shows nothing; `viewers` look live; the last two are other programs of the same PC.
    """

    camera: Camera
    level: EvidenceLevel
    screen: bool = False
    next_capture_at: Time | None = None
    images_today: Count = 0
    bytes_today: Bytes = 0
    waiting: Count = 0
    pause: Paused | None = None
    reason: Reason | None = None
    quiet: Quiet | None = None
    viewers: Count = 0
    stream: bool = False
    virtual_camera: bool = False

    def counts_alone(self, before: "OnAir") -> bool:
        """Whether nothing else changed than what changes with every image."""
        counted = replace(
            before, next_capture_at=self.next_capture_at, images_today=self.images_today,
            bytes_today=self.bytes_today, waiting=self.waiting,
        )  # fmt: skip
        return counted == self


class PauseAsked(Struct, frozen=True, tag="pause", omit_defaults=True):
    """The worker has asked for it on the hub's page; without `seconds`, until they resume."""

    reason: Text
    seconds: Annotated[float, Meta(gt=0, le=PAUSE_MAX_S)] | None = None


class ResumeAsked(Struct, frozen=True, tag="resume"):
    """The worker has ended their pause on the hub's page."""


Order = PauseAsked | ResumeAsked
