"""Options before the environment, the environment before the defaults."""

import argparse
from pathlib import Path

import pytest

from hub.protocol.messages import IceServer
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
    [("--port", "http"), ("--port", "65536"), ("--port", "-1"), ("--url", "hub.example.jp")],
)
def test_what_cannot_be_meant_is_named_by_its_option(words: tuple[str, str]) -> None:
    with pytest.raises(WrongSetting, match=words[0]):
        given(f"{words[0]}={words[1]}")
