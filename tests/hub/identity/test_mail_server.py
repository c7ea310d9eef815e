"""The address of a mail server: what it means, and what is said when it means nothing."""

import pytest

from hub.identity.mail_server import Guard, MailServer, mail_server

FROM = "zaiseki@example.jp"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example.jp", MailServer("mail.example.jp", 587, Guard.STARTTLS, FROM)),
        ("smtps://mail.example.jp", MailServer("mail.example.jp", 465, Guard.TLS, FROM)),
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, Guard.LOOPBACK, FROM)),
        ("smtp://localhost", MailServer("localhost", 587, Guard.LOOPBACK, FROM)),
        (
            "smtp://a%40b:p%3Aw@mail.example.jp:25",
            MailServer("mail.example.jp", 25, Guard.STARTTLS, FROM, "a@b", "p:w"),
        ),
    ],
)
def test_a_password_never_travels_in_the_clear(url: str, found: MailServer) -> None:
    assert mail_server(url, FROM) == found
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example.jp", FROM),
        ("http://mail.example.jp", FROM),
        ("smtp://", FROM),
        ("smtp://mail.example.jp", ""),
        ("smtp://mail.example.jp", "nobody"),
        ("smtp://mail.example.jp", "a@example.jp\nBcc: b@example.jp"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_an_example(url: str, sender: str) -> None:
    with pytest.raises(ValueError, match=r"example\.jp"):
        mail_server(url, sender)
