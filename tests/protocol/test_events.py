"""What stands around a message in a stream of events, and how a listener names its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.protocol import closing
from hub.protocol.closing import Advice, Closing
from hub.protocol.codec import encode
from hub.protocol.events import ID_MAX_LETTERS, cursor_of, ended, event, id_of, retry
from hub.protocol.watchers import Cursor

NAMES = st.text("0123456789abcdef", min_size=1, max_size=40)
VIEWS = st.one_of(st.just("1:all"), NAMES.map("12:{}".format))


@given(st.builds(Cursor, NAMES, st.integers(0, 2**53), VIEWS))
def test_whoever_says_where_they_stand_goes_on_from_there(cursor: Cursor) -> None:
    assert cursor_of(id_of(cursor)) == cursor
    assert len(id_of(cursor)) < ID_MAX_LETTERS


@given(st.text())
def test_anything_else_is_nowhere(text: str) -> None:
    found = cursor_of(text)

    assert found is None or id_of(found) == text


@pytest.mark.parametrize(
    "id", ["", "e/1", "e/-1/v", "e/1/v/w", "e/1e3/v", "e/1/v\n", "/1/v", "e/" + "9" * 17 + "/v"]
)
def test_an_id_that_is_nearly_one_is_none(id: str) -> None:
    assert cursor_of(id) is None


def test_an_event_is_written_as_the_standard_has_it() -> None:
    """WHATWG HTML 9.2.6: fields by the line, an event ends with an empty one."""
    assert event("delta", b'{"a":1}', "e/1/v") == b'event: delta\nid: e/1/v\ndata: {"a":1}\n\n'
    assert event("pulse", b"{}") == b"event: pulse\ndata: {}\n\n"
    assert retry(1.5) == b"retry: 1500\n\n"


@given(st.text())
def test_no_message_has_a_line_break_of_its_own(reason: str) -> None:
    told = encode(ended(Closing(closing.TRY_LATER, reason)))

    assert not set(told) & set(b"\r\n\0")


def test_the_last_event_says_what_a_close_code_advises() -> None:
    stops = ended(Closing(closing.UNAUTHORIZED, "no longer"))

    assert (stops.code, stops.advice, stops.reason) == (4401, Advice.STOP, "no longer")
    assert ended(Closing(closing.COME_BACK, "")).advice is Advice.RETRY
    assert ended(Closing(closing.TRY_LATER, "")).advice is Advice.WAIT
