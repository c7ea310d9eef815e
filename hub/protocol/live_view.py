"""What agents, watchers and the hub say about a live view, from the question to its end."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.protocol.facts import Name, Purpose

Sdp = Annotated[str, Meta(max_length=12_000)]  # ours have 2 kB; a PC with 60 addresses has 8


class ViewEnd(StrEnum):
    """Why a live view ended, or never began."""

    REFUSED = "refused"  # the worker said no
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"  # by the tenant's evidence level, or without a camera: no question
    BUSY = "busy"
    OFFLINE = "offline"  # no agent there, or none that the asker may know of
    WATCHER_LEFT = "watcher_left"
    WORKER_ENDED = "worker_ended"
    AGENT_LEFT = "agent_left"
    NO_WAY = "no_way"  # no connection came about, or it broke
    LONG_ENOUGH = "long_enough"
    FAILED = "failed"  # it could not be recorded, so it may not be


class SdpKind(StrEnum):
    OFFER = "offer"
    ANSWER = "answer"


class IceServer(Struct, frozen=True, omit_defaults=True):
    """A STUN or TURN server of the hub's own settings (RFC 8489, RFC 8656)."""

    url: str
    username: str | None = None
    credential: str | None = None


class ViewSignal(Struct, frozen=True, tag="view_signal"):
    """A session description with all candidates in it (RFC 8829): the agent offers."""

    view: Name
    kind: SdpKind
    sdp: Sdp


class ViewConnected(Struct, frozen=True, tag="view_connected"):
    """The asker's browser shows the first picture."""

    view: Name


class ViewEnded(Struct, frozen=True, tag="view_ended"):
    """Over, whoever says it; the view's name means nothing any more."""

    view: Name
    reason: ViewEnd


class ViewAnswered(Struct, frozen=True, tag="view_answered"):
    """The worker's word on one question; an agent that may not ask them ends the view instead."""

    view: Name
    accepted: bool


class ViewAsked(Struct, frozen=True, tag="view_asked", omit_defaults=True):
    """Somebody wants to see the camera's picture live: `by` is their name, `at` by the hub's clock.

    The worker answers each time; `ice` are the hub's servers for the way between the two.
    """

    view: Name
    by: str
    purpose: Purpose
    at: float
    ice: tuple[IceServer, ...] = ()


class AskView(Struct, frozen=True, tag="ask_view"):
    """Ask the person at that device for a live view; `request` is the asker's own word for it."""

    request: Name
    member: int
    device: int
    purpose: Purpose


class ViewOpened(Struct, frozen=True, tag="view_opened", omit_defaults=True):
    """Your request is the view of this name; the worker is asked, for at most `answer_s`."""

    request: Name
    view: Name
    answer_s: float
    ice: tuple[IceServer, ...] = ()
