"""What agents and the hub say to each other: a message is a type."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.protocol.facts import (
    Count,
    EvidenceKind,
    EvidenceState,
    Facts,
    Name,
    Phase,
    Policy,
    Seq,
    Sighting,
    Text,
    Time,
    Why,
)
from hub.protocol.live_view import ViewAnswered, ViewAsked, ViewEnded, ViewSignal
from hub.protocol.on_air import OnAir, PauseAsked, ResumeAsked


class Hello(Struct, frozen=True, tag="hello", omit_defaults=True):
    """First message of an agent: the whole current state, unnumbered, for the live picture only.

    `session` names this run of the agent; a newer session of a device fences the older one.
    `next_seq` is the first number that is not queued yet: smaller ones are late.
    `clock` is the device's clock at sending, for the measured skew.
    """

    version: int
    session: Name
    device_epoch: Name
    next_seq: Seq
    clock: Time
    facts: Facts
    incidents: Annotated[tuple[Sighting, ...], Meta(max_length=64)] = ()
    agent: Text = ""


class StateReport(Struct, frozen=True, tag="state", omit_defaults=True):
    """The device's state changed: the whole new state."""

    seq: Seq
    facts: Facts
    why: Why | None = None


class IncidentReport(Struct, frozen=True, tag="incident", omit_defaults=True):
    """An incident opened, was seen again or ended: its whole new state."""

    seq: Seq
    at: Time
    phase: Phase
    sighting: Sighting


IMAGES_OVERWRITTEN = "images overwritten"  # the reason of a gap that took no state with it


class GapReport(Struct, frozen=True, tag="gap", omit_defaults=True):
    """What the agent had to overwrite while nobody listened."""

    seq: Seq
    lost_from: Time
    lost_to: Time
    count: Count
    reason: Text


class EvidencePiece(Struct, frozen=True, omit_defaults=True):
    """One image, or why there is none; the device mints the id (32 hex digits, UUIDv7).

    `screen` counts the monitors of a device from 0. Only pending, absent and overwritten are told.
    """

    id: Name
    kind: EvidenceKind
    taken_at: Time
    state: EvidenceState = EvidenceState.PENDING
    incident: Name | None = None
    screen: Count = 0
    reason: Text | None = None


class EvidenceReport(Struct, frozen=True, tag="evidence", omit_defaults=True):
    """Images were taken, or could not be, or had to be overwritten before they were sent."""

    seq: Seq
    at: Time
    pieces: Annotated[tuple[EvidencePiece, ...], Meta(max_length=64)]


Report = StateReport | IncidentReport | GapReport | EvidenceReport


class Heartbeat(Struct, frozen=True, tag="heartbeat", omit_defaults=True):
    """I am here; no report. `on_air` is what the device has on, when that is news."""

    on_air: OnAir | None = None


class Bye(Struct, frozen=True, tag="bye"):
    """The agent stops in good order: offline at once."""


FromAgent = (
    Hello
    | StateReport
    | IncidentReport
    | GapReport
    | EvidenceReport
    | Heartbeat
    | Bye
    | ViewAnswered
    | ViewSignal
    | ViewEnded
)


class Welcome(Struct, frozen=True, tag="welcome", omit_defaults=True):
    """The lease is yours. `recorded` is the highest seq of your device_epoch that SQL has.

    `policy` is the one in force for the device's member; see `PolicyChanged`.
    """

    epoch: str
    generation: int
    recorded: int
    now: float
    lease_s: float
    heartbeat_s: float
    member: int
    name: str
    policy: Policy = Policy()


class Ack(Struct, frozen=True, tag="ack"):
    """Everything up to `seq` is durable in the record: forget it."""

    device_epoch: str
    seq: int


class PolicyChanged(Struct, frozen=True, tag="policy"):
    """From now on this policy is in force for you."""

    policy: Policy


ToAgent = (
    Welcome | Ack | PolicyChanged | ViewAsked | ViewSignal | ViewEnded | PauseAsked | ResumeAsked
)
