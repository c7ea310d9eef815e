"""The printed matrix of rights, and the page that shows it."""

import subprocess
from pathlib import Path

import pytest

from hub.access import Action, Role
from hub.shell.matrix import LEGEND, SUBJECTS, cell, markdown, text
from tests.hubs import COMMAND

PAGE = Path(__file__).resolve().parents[3] / "docs" / "access.md"


@pytest.mark.requirement("R2", "R26", "R55", "R64")
def test_the_page_shows_the_rights_as_they_are() -> None:
    shown = PAGE.read_text().partition("<!-- matrix -->\n")[2].partition("<!-- /matrix -->")[0]

    assert shown.strip() == markdown(), "run: zaiseki access --markdown"


def test_the_page_says_what_each_letter_means_and_each_role_is_for() -> None:
    page = PAGE.read_text()

    for letter, (ja, en) in LEGEND.items():
        assert f"{letter} = {en} / {ja}" in page
    for role in Role:
        assert f"| {role} | " in page


def test_the_command_prints_every_action_for_every_role() -> None:
    done = subprocess.run([*COMMAND, "access"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]

    assert rows[0] == list(Role)
    assert [row[0] for row in rows[1 : len(Action) + 1]] == list(Action)
    assert {len(row) for row in rows[1 : len(Action) + 1]} == {1 + len(Role)}
    assert done.stdout.rstrip("\n") == text()


def test_a_cell_has_a_place_for_each_kind_of_subject() -> None:
    assert cell(Role.SUPERVISOR, Action.SEE_SEAT) == "OG....."
    assert cell(Role.ADMINISTRATOR, Action.VIEW_LIVE) == "OGCAT.."
    assert cell(Role.AUDITOR, Action.SEE_EVIDENCE) == "O......"
    assert cell(Role.OPERATOR, Action.OPERATE_TENANTS) == "....T.I"
    assert cell(Role.WORKER, Action.SEE_STATUS) == "O.C...."
    assert len(SUBJECTS) == 7
