"""What an agent and the hub say to each other about enrolments, over HTTPS."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

NUMBERS = 512  # of an ArcFace template
TEMPLATE_BYTES = 4 * NUMBERS
IMAGES_MAX = 50

Model = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[0-9a-z:]+$")]
Template = Annotated[bytes, Meta(min_length=TEMPLATE_BYTES, max_length=TEMPLATE_BYTES)]


class Condition(StrEnum):
    """What the member wears, for each looks like another face to a network."""

    PLAIN = "plain"
    GLASSES = "glasses"
    MASK = "mask"


class EnrolmentState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class NewEnrolment(Struct, frozen=True, forbid_unknown_fields=True):
    """One template: `template` is little-endian 32-bit floats of the recogniser `model`."""

    model: Model
    condition: Condition
    images: Annotated[int, Meta(ge=1, le=IMAGES_MAX)]
    template: Template


class Enrolled(Struct, frozen=True):
    id: int
    state: EnrolmentState


class OwnEnrolment(Struct, frozen=True, omit_defaults=True):
    """The template comes with an approved enrolment only."""

    id: int
    condition: Condition
    images: int
    state: EnrolmentState
    template: bytes | None = None


class OwnEnrolments(Struct, frozen=True):
    items: list[OwnEnrolment]


class ConsentKind(StrEnum):
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class ConsentGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """`version` names the text that was on the screen; `at` is by the device's clock."""

    version: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z.-]+$")]
    kind: ConsentKind
    at: Annotated[float, Meta(ge=0, le=4_102_444_800)]


class Looked(Struct, frozen=True, omit_defaults=True):
    """Somebody looked at this member: an image, or live."""

    by: str
    kind: str
    purpose: str
    at: float
    ended_at: float | None = None


class LookedAt(Struct, frozen=True):
    items: list[Looked]
