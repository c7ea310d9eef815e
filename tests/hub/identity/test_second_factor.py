"""Codes of authenticator apps as RFC 6238 has them, and recovery codes."""

import base64
import xml.etree.ElementTree as ElementTree
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity import second_factor
from hub.identity.second_factor import RECOVERY_CODES, STEP_S, code_at, step_of

SECRET = b"12345678901234567890"  # of RFC 6238, appendix B
moments = st.integers(2 * STEP_S, 2**33)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert code_at(SECRET, at) == code
    assert step_of(SECRET, code, at) == at // STEP_S


@given(moments, st.integers(-1, 1))
def test_a_clock_half_a_minute_off_does_no_harm(at: int, off: int) -> None:
    shown_at = at + off * STEP_S

    assert step_of(SECRET, code_at(SECRET, shown_at), at) is not None


@given(moments, st.integers(2, 1000))
def test_a_code_is_worth_nothing_a_minute_later(at: int, steps: int) -> None:
    code = code_at(SECRET, at)
    found = step_of(SECRET, code, at + steps * STEP_S)

    assert found != at // STEP_S


@given(st.text(max_size=10))
def test_what_is_no_code_is_no_error_either(typed: str) -> None:
    if not second_factor.looks_like_totp(typed):
        assert step_of(SECRET, typed, 59) is None


def test_an_app_can_be_set_up_by_the_picture_or_by_hand() -> None:
    shown = second_factor.shown(SECRET, "sato", "株式会社A")
    address = urlsplit(shown.uri)
    asked = parse_qs(address.query)

    assert base64.b32decode(shown.secret) == SECRET
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/zaiseki:株式会社A sato"
    assert asked["secret"] == [shown.secret]
    assert (asked["digits"], asked["period"], asked["issuer"]) == (["6"], ["30"], ["zaiseki"])
    assert ElementTree.fromstring(shown.qr).tag.endswith("svg")


def test_recovery_codes_are_all_different_and_can_be_typed_any_way() -> None:
    codes = second_factor.new_recovery_codes()

    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        typed = code.lower().replace("-", " ")
        assert second_factor.recovery_digest(7, typed) == second_factor.recovery_digest(7, code)
        assert second_factor.recovery_digest(8, code) != second_factor.recovery_digest(7, code)
