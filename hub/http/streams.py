"""The rest of what the description tells: websockets, server-sent events, and webhooks."""

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.http.answers import REF, Json
from hub.http.given import JSON
from hub.protocol import closing, codec
from hub.protocol.agents import FromAgent, ToAgent
from hub.protocol.events import ToListener
from hub.protocol.watchers import FromWatcher, ToWatcher
from storage.webhooks.events import EVENT_TYPES, EventType, Ping

# What travels over a websocket, or in a stream of events, is named by its direction.
DIRECTIONS: dict[str, Any] = {
    "FromAgent": FromAgent,
    "ToAgent": ToAgent,
    "FromWatcher": FromWatcher,
    "ToWatcher": ToWatcher,
    "ToListener": ToListener,
}
PING = EventType(Ping, "テスト送信", "Sent by the test button")
STANDARD_HEADERS = {
    "webhook-id": "The event's own id: the same at every attempt, so what came twice is known.",
    "webhook-timestamp": "Seconds since 1970 of this attempt.",
    "webhook-signature": "Standard Webhooks 1.0.0: `v1,…` (HMAC-SHA256) and `v1a,…` (Ed25519).",
}


def websockets() -> Json:
    """OpenAPI has no word for them: what opens each, and what is said in which direction."""
    return {
        "/ws/watch": _websocket(
            "Follow the board: a snapshot, then every change of it.",
            "FromWatcher",
            "ToWatcher",
            [{"cookie": []}, {"session": []}, {"token": ["watch"]}],
            codec.FROM_WATCHER_MAX_BYTES,
        ),
        "/ws/agent": _websocket(
            "Report a seat: a device says what it sees, and is told what it may look at.",
            "FromAgent",
            "ToAgent",
            [{"device": []}],
            codec.FROM_AGENT_MAX_BYTES,
        ),
    }


def webhooks(names: Mapping[str, str]) -> Json:
    """Every type of event, with the body that an endpoint is sent."""
    return {one.type: {"post": _webhook(one, _name(one, names))} for one in (*EVENT_TYPES, PING)}


def said() -> list[type[msgspec.Struct]]:
    """What webhooks tell, as types."""
    return [one.data for one in (*EVENT_TYPES, PING)]


def _websocket(about: str, said: str, heard: str, security: list[Json], max_bytes: int) -> Json:
    codes = {code: closing.advice(code) for code in sorted(CLOSE_CODES)}
    return {
        "summary": about,
        "subprotocol": codec.SUBPROTOCOL,
        "security": security,
        "send": {"schema": _ref(said), "maxBytes": max_bytes},
        "receive": {"schema": _ref(heard), "maxBytes": codec.TO_CLIENT_MAX_BYTES},
        "closeCodes": {
            str(code): {"name": CLOSE_CODES[code], "advice": str(advice)}
            for code, advice in codes.items()
        },
    }


CLOSE_CODES = {
    value: name.lower().replace("_", "-")
    for name, value in vars(closing).items()
    if name.isupper() and isinstance(value, int) and value >= closing.NORMAL
}


def _name(one: EventType, names: Mapping[str, str]) -> str:
    kind = one.data
    return names.get(f"{kind.__module__}.{kind.__name__}", kind.__name__)


def _webhook(one: EventType, data: str) -> Json:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": one.type},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _ref(data),
        },
    }
    return {
        "operationId": f"webhook.{one.type}",
        "tags": ["Webhooks"],
        "summary": one.en,
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": about,
             "schema": {"type": "string"}}
            for name, about in STANDARD_HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {
            "2XX": {"description": "taken; anything else is tried again"},
            "410": {"description": "never again: the endpoint is disabled"},
        },
        "security": [],
    }  # fmt: skip


def _ref(name: str) -> Json:
    return {"$ref": REF.format(name=name)}
