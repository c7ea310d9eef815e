"""Options before the environment, the environment before the defaults."""

import argparse
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("name", "value"),
    [("ZAISEKI_PACE", "0"), ("ZAISEKI_PACE", "fast"), ("ZAISEKI_WEBHOOK_ALLOW", "everywhere")],
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
