"""Which address a passkey belongs to."""

import pytest

from hub.identity.passkeys import Party, party, user_handle


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hub.example.jp", Party("hub.example.jp", "https://hub.example.jp")),
        ("https://Hub.Example.jp:443/", Party("hub.example.jp", "https://hub.example.jp")),
        ("https://hub.example.jp:8443", Party("hub.example.jp", "https://hub.example.jp:8443")),
        ("http://127.0.0.1:8000", Party("localhost", "http://localhost:8000")),
        ("http://[::1]:8000", Party("localhost", "http://localhost:8000")),
        ("https://192.0.2.7", None),
    ],
)
def test_a_passkey_belongs_to_the_hubs_own_name(url: str, found: Party | None) -> None:
    assert party(url) == found


def test_what_an_authenticator_learns_of_a_person_is_always_the_same_and_tells_nothing() -> None:
    handle = user_handle("ABCD2345", 7)

    assert handle == user_handle("ABCD2345", 7)
    assert handle != user_handle("ABCD2345", 8)
    assert b"ABCD" not in handle
