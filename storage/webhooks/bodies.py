"""What is posted for an event: thin JSON, as Standard Webhooks or as CloudEvents have it."""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from storage.webhooks.events import Data, Event

BODY_MAX_BYTES = 20_000  # Standard Webhooks 1.0.0: "less than 20kb"
OMITTED = "omitted"


class Content(StrEnum):
    """How an endpoint wants its bodies."""

    STANDARD = "standard"
    CLOUDEVENTS = "cloudevents"


MEDIA = {
    Content.STANDARD: "application/json",
    Content.CLOUDEVENTS: "application/cloudevents+json",
}

Told = Data | dict[str, object]


class Standard(Struct, frozen=True):
    """The body that Standard Webhooks recommends; `timestamp` is when it became true."""

    type: str
    timestamp: datetime
    data: Told


class CloudEvent(Struct, frozen=True):
    """CloudEvents 1.0.2 in structured mode; `id` is the `webhook-id`."""

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    data: Told


def body(message_id: str, tenant_id: int, event: Event, content: Content) -> str:
    """The event as JSON of at most BODY_MAX_BYTES.

    What would be longer loses its longest fields, which `data.omitted` names: the receiver knows
    what to fetch, and whoever records the event is held up by nothing.
    """
    whole = _encoded(message_id, tenant_id, event, content, event.data)
    if len(whole) <= BODY_MAX_BYTES:
        return whole.decode()
    fields: dict[str, object] = msgspec.to_builtins(event.data)
    omitted: list[str] = []
    by_length = sorted(fields, key=lambda name: len(msgspec.json.encode(fields[name])))
    while len(whole) > BODY_MAX_BYTES:
        omitted.append(by_length.pop())
        del fields[omitted[-1]]
        left = {**fields, OMITTED: omitted}
        whole = _encoded(message_id, tenant_id, event, content, left)
    return whole.decode()


def _encoded(message_id: str, tenant_id: int, event: Event, content: Content, data: Told) -> bytes:
    kind = event.data.TYPE
    if content is Content.STANDARD:
        return msgspec.json.encode(Standard(kind, event.at, data))
    source, media = f"/tenants/{tenant_id}", MEDIA[Content.STANDARD]
    return msgspec.json.encode(CloudEvent("1.0", message_id, source, kind, event.at, media, data))
