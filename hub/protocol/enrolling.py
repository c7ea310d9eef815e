"""What an agent and the hub say to each other about enrolments, over HTTPS."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.protocol.facts import Purpose

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


class ConsentPurpose(StrEnum):
    """What a member consents to, each by itself; without `capture` the others mean nothing."""

    CAPTURE = "capture"
    EVIDENCE = "evidence"
    FACE_TEMPLATE = "face_template"
    LIVE_VIEW = "live_view"


class ConsentGiven(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """To or from everything at once. `version` names the agent's terms that were on the screen.

    `charter` is the version of the tenant's charter that stood with them; none where the agent had
    not heard of it, and then the one in force is meant. `at` is by the device's clock.
    """

    version: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z.-]+$")]
    kind: ConsentKind
    at: Annotated[float, Meta(ge=0, le=4_102_444_800)]
    charter: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class CharterText(Struct, frozen=True, omit_defaults=True):
    """A version of the tenant's charter as its members read it; `effective_at` in s since 1970."""

    version: int
    purpose: str
    responsible: str
    contact: str
    rules: str
    viewers: str
    viewing_purposes: list[Purpose]
    audit_on: date
    effective_at: float
    hurry: str | None = None


class CharterTold(Struct, frozen=True, omit_defaults=True):
    """What a device's member reads before consenting: the one in force, and the one to come."""

    current: CharterText | None = None
    coming: CharterText | None = None


class Looked(Struct, frozen=True, omit_defaults=True):
    """Somebody looked at this member: an image, or live."""

    by: str
    kind: str
    purpose: str
    at: float
    ended_at: float | None = None


class LookedAt(Struct, frozen=True):
    items: list[Looked]
