"""What is sealed opens for the same tenant, owner and time, whole, and for nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.sealing.sealed import (
    HEAD_BYTES,
    OVERHEAD_BYTES,
    About,
    Box,
    UnknownKey,
    Unreadable,
    encrypted,
    is_sealed,
)

BOX = Box(1, 3, {2: b"2" * 32, 3: b"3" * 32})
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
abouts = st.builds(About, st.text(max_size=20), st.integers(0, 2**63 - 1), moments)


@pytest.mark.requirement("R50")
@given(abouts, st.binary(max_size=200))
def test_what_was_sealed_opens_and_shows_nothing_before(about: About, plain: bytes) -> None:
    sealed = BOX.seal(about, plain)

    assert BOX.open(about, sealed) == plain
    assert len(sealed) == len(plain) + OVERHEAD_BYTES
    assert len(plain) < 8 or plain not in sealed[HEAD_BYTES:]  # what is before it is known
    assert BOX.seal(about, plain) != sealed


@pytest.mark.requirement("R50")
@given(abouts, abouts, st.binary(max_size=50))
def test_it_opens_for_nobody_and_no_time_else(about: About, other: About, plain: bytes) -> None:
    assume(about != other)
    sealed = BOX.seal(about, plain)

    for wrong in (
        other,
        replace(about, what=about.what + "x"),
        replace(about, owner=about.owner + 1),
        replace(about, at=about.at + timedelta(microseconds=1)),
    ):
        with pytest.raises(Unreadable):
            BOX.open(wrong, sealed)
    with pytest.raises(Unreadable):
        replace(BOX, tenant=2).open(about, sealed)


@given(abouts, st.binary(max_size=50), st.data())
def test_one_bit_that_changed_is_noticed(about: About, plain: bytes, data: st.DataObject) -> None:
    sealed = BOX.seal(about, plain)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = (int.from_bytes(sealed, "big") ^ 1 << bit).to_bytes(len(sealed), "big")

    with pytest.raises(Unreadable):
        BOX.open(about, changed)
    with pytest.raises(Unreadable):
        BOX.open(about, sealed[: data.draw(st.integers(0, len(sealed) - 1))])


@given(abouts, st.binary(max_size=50))
def test_an_older_key_opens_what_it_sealed_and_seals_no_more(about: About, plain: bytes) -> None:
    older = replace(BOX, current=2)
    sealed = older.seal(about, plain)

    assert BOX.open(about, sealed) == plain
    assert BOX.seal(about, plain).startswith(BOX.head) and not sealed.startswith(BOX.head)
    with pytest.raises(UnknownKey):
        replace(BOX, keys={3: b"3" * 32}).open(about, sealed)


@given(abouts, st.binary(max_size=200))
def test_what_is_plain_is_taken_only_while_some_may_be_left(about: About, plain: bytes) -> None:
    assume(not is_sealed(plain))

    assert replace(BOX, plain_left=True).open(about, plain) == plain
    with pytest.raises(Unreadable):
        BOX.open(about, plain)


@pytest.mark.parametrize(
    ("key", "bound", "sealed"),
    [
        (1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (
            3,
            b"c2sp.org/XAES-256-GCM",
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
        ),
    ],
)
def test_the_cipher_is_the_published_one(key: int, bound: bytes, sealed: str) -> None:
    """The vectors of c2sp.org/XAES-256-GCM."""
    nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX"

    assert encrypted(bytes([key]) * 32, nonce, b"XAES-256-GCM", bound).hex() == sealed
