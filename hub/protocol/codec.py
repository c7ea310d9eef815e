"""Bytes <-> messages: JSON text frames, with a limit for each direction."""

from typing import TypeVar

import msgspec

from hub.protocol.agents import FromAgent, ToAgent
from hub.protocol.closing import BAD_MESSAGE, TOO_BIG, Closing
from hub.protocol.watchers import FromWatcher, ToWatcher

SUBPROTOCOL = "zaiseki.v1"

FROM_AGENT_MAX_BYTES = 16 * 1024
FROM_WATCHER_MAX_BYTES = 16 * 1024  # a session description of a PC with many addresses
TO_CLIENT_MAX_BYTES = 1024 * 1024
PART_MAX_BYTES = 64 * 1024  # one part of a snapshot

M = TypeVar("M")

_encoder = msgspec.json.Encoder()
_from_agent: msgspec.json.Decoder[FromAgent] = msgspec.json.Decoder(FromAgent)
_from_watcher: msgspec.json.Decoder[FromWatcher] = msgspec.json.Decoder(FromWatcher)
_to_agent: msgspec.json.Decoder[ToAgent] = msgspec.json.Decoder(ToAgent)
_to_watcher: msgspec.json.Decoder[ToWatcher] = msgspec.json.Decoder(ToWatcher)


def encode(message: msgspec.Struct) -> bytes:
    return _encoder.encode(message)


def from_agent(frame: bytes | str) -> FromAgent:
    return _decode(_from_agent, frame, FROM_AGENT_MAX_BYTES)


def from_watcher(frame: bytes | str) -> FromWatcher:
    return _decode(_from_watcher, frame, FROM_WATCHER_MAX_BYTES)


def to_agent(frame: bytes | str) -> ToAgent:
    return _decode(_to_agent, frame, TO_CLIENT_MAX_BYTES)


def to_watcher(frame: bytes | str) -> ToWatcher:
    return _decode(_to_watcher, frame, TO_CLIENT_MAX_BYTES)


def _decode(decoder: msgspec.json.Decoder[M], frame: bytes | str, limit_bytes: int) -> M:
    """Raise Closing with the code that tells the peer what was wrong with its frame."""
    if len(frame) > limit_bytes:
        raise Closing(TOO_BIG, f"a frame may have at most {limit_bytes} bytes")
    try:
        return decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Closing(BAD_MESSAGE, str(wrong)) from None
