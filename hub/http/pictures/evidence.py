"""Images of members as people see them: within their rights, for a purpose, and not unseen."""

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct
from starlette.responses import Response

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import Created, Id, seconds
from hub.http.paging import PageQuery, before, before_number, page
from hub.http.problems import Problem
from hub.protocol.facts import EvidenceKind, EvidenceState, Purpose
from hub.protocol.images import Uuid
from storage.consent.charters import viewing_purposes
from storage.consent.policy import may_erase_own
from storage.images import evidence as record
from storage.images.evidence import Before, EvidenceRow, image_name
from storage.images.viewings import ViewingKind, ViewingRow, open_viewing, opened_by
from storage.images.viewings import viewings as looked

OPEN_FOR = timedelta(minutes=10)  # to load and reload a page; then the purpose is asked anew


class EvidenceQuery(PageQuery, frozen=True):
    """Of everybody, of one member, or about one incident."""

    member: Id | None = None
    incident: Uuid | None = None


class EvidenceItem(Struct, frozen=True, omit_defaults=True):
    """Taken by the device's clock. An Ed25519 `signature` of `public_key` covers `statement`."""

    id: str
    member: int
    name: str
    device: int
    kind: EvidenceKind
    taken_at: float
    state: EvidenceState
    incident: str | None = None
    screen: int = 0
    reason: str | None = None
    media: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    statement: bytes | None = None
    signature: bytes | None = None
    public_key: bytes | None = None
    stored_at: float | None = None
    erased_at: float | None = None


class EvidencePage(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[EvidenceItem]
    next: str | None = None


class NewViewing(Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Purpose


class ImagePath(Struct, frozen=True):
    image: Uuid


class ImageQuery(Struct, frozen=True):
    """`viewing` is what `open_image` answered; one's own images need none."""

    viewing: Id | None = None


async def evidence(who: Caller, query: EvidenceQuery) -> EvidencePage:
    """A page of images of the members in one's scope, newest first."""
    within = who.within(Action.SEE_EVIDENCE)
    place = before(query.cursor)
    async with who.engine.connect() as conn:
        if query.member is not None and not await record.holds(conn, within, query.member):
            raise Problem(problems.NOT_ALLOWED)
        rows = await record.evidence(
            conn,
            within,
            query.limit + 1,
            Before(*place) if place else None,
            query.member,
            query.incident,
        )
    shown, next = page(rows, query.limit, lambda row: (row.taken_at, row.id))
    return EvidencePage([item(row) for row in shown], next)


async def open_image(who: Caller, path: ImagePath, body: NewViewing) -> Created:
    """Say what one looks at an image for; the member it shows sees who did, and why."""
    async with who.engine.begin() as conn:
        row = await record.one_image(conn, who.within(Action.SEE_EVIDENCE), path.image)
        own = row.member == who.actor.member
        if not own and body.purpose not in await viewing_purposes(conn, who.actor.tenant):
            raise Problem(problems.PURPOSE_NEEDED, reason="not_in_charter")
        viewing = await open_viewing(
            conn,
            who.actor.tenant,
            who.actor.member,
            row.member,
            ViewingKind.EVIDENCE,
            body.purpose,
            who.now,
            evidence=row.id,
            device=row.device,
        )
    return Created(viewing)


async def image(who: Caller, path: ImagePath, query: ImageQuery) -> Response:
    """The image, byte for byte as its device signed it."""
    async with who.engine.connect() as conn:
        row = await record.one_image(conn, who.within(Action.SEE_EVIDENCE), path.image)
        opened = row.member == who.actor.member or (
            query.viewing is not None
            and await opened_by(
                conn,
                who.actor.tenant,
                query.viewing,
                who.actor.member,
                row.id,
                who.now - OPEN_FOR,
            )
        )
    if not opened:
        raise Problem(problems.PURPOSE_NEEDED)
    if row.state is not EvidenceState.STORED:
        raise Problem(problems.NO_IMAGE, what=row.state, reason=row.state)
    name = image_name(who.actor.tenant, row.id, row.taken_at)
    data = await who.vault.get(name, row.member, row.taken_at)
    headers = {"Content-Disposition": "inline", "Content-Security-Policy": "sandbox"}
    return Response(data, media_type=row.media, headers=headers)


class Stays(StrEnum):
    """Why an image of oneself cannot be taken away."""

    OF_INCIDENT = "of_incident"
    POLICY = "policy"


SAID = {
    Stays.OF_INCIDENT: (
        "インシデントの画像は消せません。正当か誤検知と判定されると、自動で消えます。",
        "It belongs to an incident. It goes by itself once that is judged benign or a mistake.",
    ),
    Stays.POLICY: (
        "この会社の設定では、自分の画像を消せません。管理者に相談してください。",
        "Your company's policy keeps it. Ask an administrator.",
    ),
}


async def erase_image(who: Caller, path: ImagePath) -> None:
    """Take away a periodic image of oneself, where policy allows it; what was worked stays."""
    async with who.engine.begin() as conn:
        row = await record.one_image(conn, who.within(Action.ERASE_IMAGE), path.image)
        if row.incident is not None:
            raise _stays(Stays.OF_INCIDENT)
        if not await may_erase_own(conn, who.actor.tenant):
            raise _stays(Stays.POLICY)
        if not await record.erase_own(conn, who.actor.tenant, row.member, row.id, who.now):
            raise Problem(problems.NO_IMAGE, what=row.state, reason=row.state)


def _stays(why: Stays) -> Problem:
    return Problem(problems.IMAGE_STAYS, reason=why, detail=SAID[why])


# ---- who looked


class ViewingItem(Struct, frozen=True, omit_defaults=True):
    id: int
    viewer: int
    viewer_name: str
    member: int
    member_name: str
    kind: ViewingKind
    purpose: str
    at: float
    evidence: str | None = None
    device: int | None = None
    ended_at: float | None = None


class Viewings(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[ViewingItem]
    next: str | None = None


class ViewingsQuery(PageQuery, frozen=True):
    """Of one `member` alone, or of everybody of whom one may know it."""

    member: Id | None = None


async def viewings(who: Caller, query: ViewingsQuery) -> Viewings:
    """Who looked at oneself, or at those one answers for: at images or live, and what for."""
    place = before_number(query.cursor)
    async with who.engine.connect() as conn:
        within = who.within(Action.SEE_VIEWINGS)
        rows = await looked(conn, within, query.limit + 1, place, query.member)
    shown, next = page(rows, query.limit, lambda row: (row.at, row.id))
    return Viewings([viewing_item(row) for row in shown], next)


def viewing_item(row: ViewingRow) -> ViewingItem:
    return ViewingItem(
        row.id, row.viewer, row.viewer_name, row.member, row.member_name, row.kind, row.purpose,
        seconds(row.at), row.evidence, row.device, seconds(row.ended_at) if row.ended_at else None,
    )  # fmt: skip


def item(row: EvidenceRow) -> EvidenceItem:
    return EvidenceItem(
        id=row.id,
        member=row.member,
        name=row.member_name,
        device=row.device,
        kind=row.kind,
        taken_at=seconds(row.taken_at),
        state=row.state,
        incident=row.incident,
        screen=row.screen,
        reason=row.reason,
        media=row.media,
        size=row.size,
        width=row.width,
        height=row.height,
        sha256=row.sha256.hex() if row.sha256 else None,
        statement=row.statement,
        signature=row.signature,
        public_key=row.public_key,
        stored_at=seconds(row.stored_at) if row.stored_at else None,
        erased_at=seconds(row.erased_at) if row.erased_at else None,
    )
