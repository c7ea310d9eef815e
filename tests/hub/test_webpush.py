"""What a browser is sent, held against the RFC's own example and against a browser of ours."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc.errors import JoseError

from hub.webpush import (
    PLAIN_MAX_BYTES,
    RECORD_BYTES,
    BadSubscription,
    Browser,
    authorization,
    bytes_of,
    keys_of,
    sealed,
)
from tests.pushes import PushBrowser, Pushed

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BROWSER = Browser(
    "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "BTBZMqHH6r4Tts7J_aSIgg",
)
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)
NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(bytes_of(text), "big"), ec.SECP256R1())


def test_the_rfc_example_comes_out_byte_for_byte() -> None:
    assert sealed(PLAIN, BROWSER, private(OWN), bytes_of(SALT)) == bytes_of(BODY)


def known(browser: PushBrowser) -> Browser:
    told = browser.subscription()
    return Browser(told["endpoint"], told["keys"]["p256dh"], told["keys"]["auth"])


@given(st.text(max_size=800))
def test_only_the_browser_that_it_is_for_can_open_it(text: str) -> None:
    one, other = PushBrowser("https://push.example"), PushBrowser("https://push.example")
    plain = json.dumps({"text": text}).encode()
    body = sealed(plain, known(one), private(OWN), bytes_of(SALT))

    assert one.opened(body) == {"text": text}
    with pytest.raises(InvalidTag):
        other.opened(body)


def test_the_longest_message_fits_into_what_every_push_service_takes() -> None:
    browser = known(PushBrowser("https://push.example"))

    body = sealed(b"x" * PLAIN_MAX_BYTES, browser, private(OWN), bytes_of(SALT))

    assert len(body) == RECORD_BYTES


def test_a_push_service_can_check_who_sends() -> None:
    key = private(OWN)
    said = authorization("https://push.example.net", "mailto:op@example.jp", key, NOW)
    pushed = Pushed("/", {"authorization": said}, b"")

    assert pushed.claims() == {
        "aud": "https://push.example.net",
        "exp": int(NOW.timestamp()) + 43_200,
        "sub": "mailto:op@example.jp",
    }
    forged = Pushed("/", {"authorization": said.replace(pushed.token[-6:], "AAAAAA")}, b"")
    with pytest.raises(JoseError):
        forged.claims()


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (BROWSER.auth, BROWSER.auth),
        ("B" + "A" * 86, BROWSER.auth),
        (BROWSER.p256dh, "AAAA"),
        ("!", BROWSER.auth),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(BadSubscription):
        keys_of(Browser("https://push.example", p256dh, auth))
