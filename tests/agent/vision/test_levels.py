"""The threshold levels are shown with what was measured, and the one that holds is marked."""

import argparse
import json
from pathlib import Path

import pytest

from agent import policy, settings
from agent.settings import Settings
from agent.vision.judgement import LEVELS, Level, identify
from agent.vision.levels import run
from hub.protocol.facts import Policy

ROOT = Path(__file__).resolve().parents[3]


def levels(folder: Path) -> int:
    return run(argparse.Namespace(state=folder))


def said(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert levels(folder) == 0
    return capsys.readouterr().out


@pytest.mark.requirement("R37")
def test_each_level_is_shown_with_its_measured_rates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.save(tmp_path, Settings(level=Level.LOW))

    lines = said(tmp_path, capsys).splitlines()

    assert [line.split() for line in lines[1:4]] == [
        ["*", "low", "0.50", "over", "1.0%", "over", "94.3%"],
        ["mid", "0.57", "1.0%", "94.3%"],
        ["high", "0.64", "0.1%", "84.1%"],
    ]
    assert lines[-1] == "This agent looks at level low, of its own settings."


@pytest.mark.requirement("R37")
def test_a_level_that_is_locked_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.save(tmp_path, Settings(level=Level.LOW))
    policy.save(tmp_path, Policy(level="high"))

    assert said(tmp_path, capsys).splitlines()[-1] == (
        "This agent looks at level high, which its organisation has locked."
    )


def test_settings_that_cannot_be_read_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / settings.SETTINGS_FILE).write_text("{")

    assert levels(tmp_path) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_higher_level_lets_fewer_strangers_pass_and_fewer_members() -> None:
    low, mid, high = (LEVELS[level] for level in Level)

    assert low.accept < mid.accept < high.accept
    assert low.strangers >= mid.strangers > high.strangers
    assert low.members >= mid.members > high.members


@pytest.mark.requirement("R37")
def test_one_face_may_pass_at_one_level_and_not_at_another() -> None:
    assert [identify(0.6, level) for level in Level] == ["member", "member", "uncertain"]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(("language", "over"), [("ja", "{}超"), ("en", "over {}")])
def test_the_console_names_the_same_rates_where_a_level_is_locked(language: str, over: str) -> None:
    file = ROOT / "web" / "src" / "i18n" / f"console.{language}.json"
    named = json.loads(file.read_text())["policy"]["levels"]

    for level, rates in LEVELS.items():
        for share in (rates.strangers, rates.members):
            text = f"{share:.1%}"
            assert (over.format(text) if rates.at_least else text) in named[level]
