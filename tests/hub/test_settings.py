"""Options before the environment, the environment before the defaults."""

import argparse
from pathlib import Path

import pytest

from hub.identity.mail_server import Guard, MailServer
from hub.protocol.live_view import IceServer
from hub.settings import Settings, WrongSetting, add_hub_options, settings


def given(*words: str, **environ: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_hub_options(parser)
    return settings(parser.parse_args(words), environ)


def test_without_anything_the_hub_is_embedded_here() -> None:
    assert given() == Settings(
        state=Path(".state").absolute(),
        database=None,
        redis=None,
        host="127.0.0.1",
        port=8000,
        url="http://127.0.0.1:8000",
        pace=1.0,
        webhook_allow=(),
    )


def test_options_win_over_the_environment() -> None:
    environ = {"ZAISEKI_PORT": "9000", "ZAISEKI_STATE": "/var/lib/zaiseki", "ZAISEKI_REDIS": "r"}

    found = given("--port", "9100", "--host", "0.0.0.0", **environ)

    assert (found.port, found.state, found.redis) == (9100, Path("/var/lib/zaiseki"), "r")
    assert found.url == "http://0.0.0.0:9100"


def test_networks_for_webhooks_are_read_from_the_environment() -> None:
    found = given(ZAISEKI_WEBHOOK_ALLOW="10.0.0.0/8, fd00::/8")

    assert [str(network) for network in found.webhook_allow] == ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.requirement("R48")
def test_a_hub_with_a_certificate_is_reached_by_https(tmp_path: Path) -> None:
    found = given("--tls-certificate", str(tmp_path / "chain.pem"), ZAISEKI_TLS_KEY="/key.pem")

    assert found.url == "https://127.0.0.1:8000"
    assert (found.tls_certificate, found.tls_key) == (tmp_path / "chain.pem", Path("/key.pem"))


def test_nobody_is_trusted_who_was_not_named() -> None:
    assert (given().trusted_proxies, given().monitors) == ((), ())
    found = given("--trusted-proxies", "10.0.0.0/8,fd00::/8", ZAISEKI_MONITORS="10.1.0.0/16")

    assert [str(network) for network in found.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    assert [str(network) for network in found.monitors] == ["10.1.0.0/16"]


def test_no_server_helps_live_views_that_nobody_has_named() -> None:
    servers = "stun:stun.example.jp:3478, turns:hub:p%40ss@[fd00::2]:5349?transport=tcp"

    assert given().ice_servers == ()
    assert given(ZAISEKI_ICE_SERVERS=servers).ice_servers == (
        IceServer("stun:stun.example.jp:3478"),
        IceServer("turns:[fd00::2]:5349?transport=tcp", "hub", "p@ss"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZAISEKI_PACE", "0"),
        ("ZAISEKI_RATE", "0"),
        ("ZAISEKI_RATE", "many"),
        ("ZAISEKI_MONITORS", "everybody"),
        ("ZAISEKI_PACE", "fast"),
        ("ZAISEKI_WEBHOOK_ALLOW", "everywhere"),
        ("ZAISEKI_ICE_SERVERS", "https://stun.example.jp"),
        ("ZAISEKI_ICE_SERVERS", "turn:turn.example.jp"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_variable(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        given(**{name: value})


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "http"),
        ("--port", "65536"),
        ("--port", "-1"),
        ("--url", "hub.example.jp"),
        ("--tls-key", "/key.pem"),
        ("--tls-certificate", "/chain.pem"),
        ("--trusted-proxies", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_option(words: tuple[str, str]) -> None:
    with pytest.raises(WrongSetting, match=words[0]):
        given(f"{words[0]}={words[1]}")


def test_a_mail_server_and_its_sender_go_together() -> None:
    url = "smtp://name:geheim@mail.example.jp"
    found = given(ZAISEKI_SMTP=url, ZAISEKI_MAIL_FROM="zaiseki@example.jp").mail

    assert found == MailServer(
        "mail.example.jp", 587, Guard.STARTTLS, "zaiseki@example.jp", "name", "geheim"
    )
    assert "geheim" not in repr(given(ZAISEKI_SMTP=url, ZAISEKI_MAIL_FROM="zaiseki@example.jp"))
    with pytest.raises(WrongSetting, match="ZAISEKI_MAIL_FROM"):
        given(ZAISEKI_SMTP=url)
