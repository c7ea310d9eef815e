"""Bodies: thin whatever happens, as Standard Webhooks or as CloudEvents have them."""

from datetime import datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.protocol.facts import IncidentKind
from storage.webhooks.bodies import BODY_MAX_BYTES, Content, body
from storage.webhooks.events import Event, IncidentStep, IncidentUpdated, RetentionPurged
from tests.outbox import presence
from tests.record import NOW


def escalated(told: int, kind: IncidentKind = IncidentKind.PEEPING) -> Event:
    data = IncidentUpdated(
        id="i1", kind=kind, member=7, device=3, opened_at=NOW, step=IncidentStep.ESCALATED,
        level=2, told=tuple(range(told)),
    )  # fmt: skip
    return Event("i1/2", NOW, data)


@given(st.integers(0, 100_000), st.sampled_from(Content))
def test_no_body_is_longer_than_receivers_take(told: int, content: Content) -> None:
    written = body("msg_1", 1, escalated(told), content)

    assert len(written.encode()) <= BODY_MAX_BYTES


def test_what_does_not_fit_is_named_and_the_rest_is_told() -> None:
    read = msgspec.json.decode(body("msg_1", 1, escalated(10_000), Content.STANDARD))

    assert read["data"]["omitted"] == ["told"]
    assert "told" not in read["data"]
    assert (read["type"], read["data"]["id"], read["data"]["level"]) == (
        "incident.updated",
        "i1",
        2,
    )


def test_what_fits_is_told_whole() -> None:
    read = msgspec.json.decode(body("msg_1", 1, escalated(100), Content.STANDARD))

    assert read["data"]["told"] == list(range(100))
    assert "omitted" not in read["data"]


def test_even_one_enormous_field_leaves_a_body() -> None:
    gone = RetentionPurged(NOW, {f"kind{number}": number for number in range(5_000)})

    read = msgspec.json.decode(body("msg_1", 1, Event("p", NOW, gone), Content.STANDARD))

    assert read["data"] == {"before": "2026-11-20T09:00:00Z", "omitted": ["gone"]}


def test_a_cloud_event_is_the_same_event_in_another_envelope() -> None:
    standard = msgspec.json.decode(body("msg_1", 7, presence(5), Content.STANDARD))
    event = msgspec.json.decode(body("msg_1", 7, presence(5), Content.CLOUDEVENTS))

    assert event == {
        "specversion": "1.0",
        "id": "msg_1",
        "source": "/tenants/7",
        "type": standard["type"],
        "time": standard["timestamp"],
        "datacontenttype": "application/json",
        "data": standard["data"],
    }
    assert datetime.fromisoformat(event["time"]) == NOW
