"""What a device says of an image when it sends it, and the bytes that it signs for it."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.protocol.facts import EvidenceKind, EvidenceState, Time

MEDIA = {"jpeg": "image/jpeg", "webp": "image/webp"}

# (width, height) that an image is fitted inside of, without ever being enlarged.
FIT = {EvidenceKind.CAMERA: (640, 480), EvidenceKind.SCREEN: (1920, 1080)}

# Far over what an agent makes (130 kB for all images of one capture), and little to hold in memory.
IMAGE_MAX_BYTES = 512 * 1024
CHUNK_MAX_BYTES = 128 * 1024

# Domain separation: a signature for an image can be taken for nothing else.
PREFIX = b"zaiseki image 1\n"

Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Claim(Struct, frozen=True, omit_defaults=True):
    """One image as its device took it; `sha256` is of its bytes, in hex."""

    id: Uuid
    kind: EvidenceKind
    taken_at: Time
    media: Annotated[str, Meta(pattern="^image/(jpeg|webp)$")]
    size: Annotated[int, Meta(ge=1, le=IMAGE_MAX_BYTES)]
    width: Annotated[int, Meta(ge=1, le=1920)]
    height: Annotated[int, Meta(ge=1, le=1080)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    incident: Uuid | None = None
    screen: Annotated[int, Meta(ge=0, le=63)] = 0


class Offer(Struct, frozen=True):
    """An image that a device is about to send: Ed25519 (RFC 8032) over `statement(claim)`."""

    claim: Claim
    public_key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


class Progress(Struct, frozen=True):
    """How much of an image the hub has; once it is stored or erased, nothing more is wanted."""

    state: EvidenceState
    offset: int


def statement(claim: Claim) -> bytes:
    """What is signed; fields are written in their order, so the bytes are always the same."""
    return PREFIX + msgspec.json.encode(claim)
