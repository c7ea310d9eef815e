"""What is asked and told of webhooks."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from hub.http import problems
from hub.http.fields import Id, Line, seconds
from hub.http.log import Moment
from hub.http.paging import PageQuery
from hub.http.problems import Problem
from hub.jobs.addresses import URL_MAX_CHARS
from storage.webhooks.bodies import Content
from storage.webhooks.endpoints import EndpointRow, Reason, Wishes
from storage.webhooks.events import EVENT_TYPES, TYPES, Ping
from storage.webhooks.keys import Scheme
from storage.webhooks.log import DeliveryRow, Status, Try, Whole
from storage.webhooks.outbox import wants

GROUPS_MAX = 100
TYPE_MAX_CHARS = 40

Url = Annotated[str, Meta(min_length=1, max_length=URL_MAX_CHARS, pattern=r"^[^\x00-\x20\x7f]+$")]
TypeName = Annotated[str, Meta(max_length=TYPE_MAX_CHARS, pattern=r"^[a-z_]+\.[a-z_]+$")]
TypeFilter = Annotated[str, Meta(max_length=TYPE_MAX_CHARS, pattern=r"^[a-z_]+\.([a-z_]+|\*)$")]
Types = Annotated[tuple[TypeFilter, ...], Meta(max_length=len(EVENT_TYPES))]
Groups = Annotated[tuple[Id, ...], Meta(max_length=GROUPS_MAX)]
Signing = Annotated[tuple[Scheme, ...], Meta(min_length=1, max_length=len(Scheme))]


class WebhookPath(Struct, frozen=True):
    webhook: Id


class DeliveryPath(Struct, frozen=True):
    delivery: Id


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """No types: every type, `incident.*` is all that begin so. No groups: everybody.

    A group counts with all below it. `signing` says which signatures are sent, `content` how
    bodies are written: by Standard Webhooks, or as CloudEvents.
    """

    url: Url
    description: Line = ""
    types: Types = ()
    groups: Groups = ()
    content: Content = Content.STANDARD
    signing: Signing = (Scheme.V1,)


class WebhookEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    url: Url | UnsetType = UNSET
    description: Line | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    groups: Groups | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    signing: Signing | UnsetType = UNSET


class CreatedWebhook(Struct, frozen=True, omit_defaults=True):
    """The secret is told here and nowhere else; `public_key` verifies v1a."""

    id: int
    secret: str | None = None
    public_key: str | None = None


class RotatedWebhook(Struct, frozen=True, omit_defaults=True):
    """The new keys, told here and nowhere else; those of before sign too until `overlap_until`."""

    overlap_until: float
    secret: str | None = None
    public_key: str | None = None


class WebhookSettings(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What somebody chose of an endpoint, and nothing that changes by itself."""

    id: int
    url: str
    description: str
    types: list[str]
    groups: list[int]
    content: Content
    signing: list[Scheme]
    created_at: float
    public_key: str | None = None
    disabled_at: float | None = None
    disabled_reason: Reason | None = None
    overlap_until: float | None = None


class WebhookItem(WebhookSettings, frozen=True, omit_defaults=True, kw_only=True):
    """An endpoint; `waiting`, `delivered` and `failed` count the messages of the last 24 hours.

    `state` is active, failing (since every attempt fails) or disabled. Until `rests_until` nothing
    is sent, for the receiver asked for it; until `overlap_until` the keys of before sign, too.
    """

    state: str
    waiting: int
    delivered: int
    failed: int
    failing_since: float | None = None
    last_error: str | None = None
    rests_until: float | None = None


class Webhooks(Struct, frozen=True):
    """`room` is how many more there may be; `allowed` are networks open although not public."""

    items: list[WebhookItem]
    room: int
    allowed: list[str]


class WebhookType(Struct, frozen=True):
    """A type to choose, and what it tells of, in both languages."""

    type: str
    ja: str
    en: str


class WebhookTypes(Struct, frozen=True):
    items: list[WebhookType]


class TestedWebhook(Struct, frozen=True):
    """The webhook.ping that is on its way: its `webhook-id`, and its delivery."""

    message: str
    delivery: int


class ReplayRange(Struct, frozen=True, forbid_unknown_fields=True):
    """Of what was recorded from `since` on and before `until`, in seconds since 1970."""

    since: Moment
    until: Moment | None = None


class Replayed(Struct, frozen=True):
    """How many deliveries are due again."""

    replayed: int


class DeliveryQuery(PageQuery, frozen=True):
    """Those of one endpoint, of one status, of one type."""

    webhook: Id | None = None
    status: Status | None = None
    type: TypeName | None = None


class DeliveryItem(Struct, frozen=True, omit_defaults=True):
    """A delivery; `due_at` is when the next attempt is due, `latency_ms` the last one's."""

    id: int
    webhook: int
    message: str
    type: str
    status: Status
    created_at: float
    attempts: int
    due_at: float | None = None
    ended_at: float | None = None
    last_status: int | None = None
    last_error: str | None = None
    latency_ms: int | None = None


class DeliveryPage(Struct, frozen=True, omit_defaults=True):
    """Newest first; `next` is the cursor of the following page, if there is one."""

    items: list[DeliveryItem]
    next: str | None = None


class DeliveryTry(Struct, frozen=True, omit_defaults=True):
    """One attempt: `said` is the head of the answer's body, or why there was no answer."""

    number: int
    at: float
    latency_ms: int
    said: str
    status: int | None = None


class DeliveryDetail(Struct, frozen=True):
    """A delivery with the body that is sent, and every attempt, the oldest first."""

    delivery: DeliveryItem
    url: str
    content: Content
    body: str
    tries: list[DeliveryTry]


def known(types: tuple[str, ...]) -> tuple[str, ...]:
    """The same; raise the problem INVALID for one that lets nothing through."""
    for one in types:
        if not any(wants(one, kind) for kind in TYPES):
            raise Problem(problems.INVALID, what=f"$.types: {one}")
    return types


def known_type(kind: str | None) -> str | None:
    """The same; raise the problem INVALID for a type that is none."""
    if kind is not None and kind not in (*TYPES, Ping.TYPE):
        raise Problem(problems.INVALID, what=f"type: {kind}")
    return kind


def wishes_of(body: NewWebhook) -> Wishes:
    return Wishes(
        body.url, known(body.types), body.groups, body.description, body.content, body.signing
    )


def changed(stands: Wishes, body: WebhookEdit) -> Wishes:
    """What an edit leaves of it."""
    return Wishes(
        url=stands.url if body.url is UNSET else body.url,
        types=stands.types if body.types is UNSET else known(body.types),
        groups=stands.groups if body.groups is UNSET else body.groups,
        description=stands.description if body.description is UNSET else body.description,
        content=stands.content if body.content is UNSET else body.content,
        signing=stands.signing if body.signing is UNSET else body.signing,
    )


def chosen(row: EndpointRow) -> WebhookSettings:
    return WebhookSettings(**_chosen(row))


def item(row: EndpointRow) -> WebhookItem:
    return WebhookItem(
        **_chosen(row),
        state=row.state,
        waiting=row.waiting,
        delivered=row.delivered,
        failed=row.failed,
        failing_since=_moment(row.failing_since),
        last_error=row.last_error,
        rests_until=_moment(row.rests_until),
    )


def _chosen(row: EndpointRow) -> dict[str, Any]:
    wishes = row.wishes
    return {
        "id": row.id,
        "url": wishes.url,
        "description": wishes.description,
        "types": list(wishes.types),
        "groups": list(wishes.groups),
        "content": wishes.content,
        "signing": list(wishes.signing),
        "created_at": seconds(row.created_at),
        "public_key": row.public_key,
        "disabled_at": _moment(row.disabled_at),
        "disabled_reason": row.disabled_reason,
        "overlap_until": _moment(row.former_until),
    }


def delivery_item(row: DeliveryRow) -> DeliveryItem:
    ended = row.delivered_at or row.failed_at
    return DeliveryItem(
        id=row.id,
        webhook=row.endpoint,
        message=row.message,
        type=row.type,
        status=row.status,
        created_at=seconds(row.created_at),
        attempts=row.attempts,
        due_at=_moment(row.due_at),
        ended_at=_moment(ended),
        last_status=row.last_status,
        last_error=row.last_error,
        latency_ms=row.latency_ms,
    )


def detail(whole: Whole) -> DeliveryDetail:
    tries = [_try(one) for one in whole.tries]
    return DeliveryDetail(delivery_item(whole.row), whole.url, whole.content, whole.body, tries)


def _moment(at: datetime | None) -> float | None:
    return None if at is None else seconds(at)


def _try(one: Try) -> DeliveryTry:
    return DeliveryTry(one.number, seconds(one.at), one.latency_ms, one.said, one.status)
