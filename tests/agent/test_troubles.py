"""What is wrong at this PC is said whole in both languages."""

import re
from collections.abc import Callable

import pytest

from agent import troubles
from agent.enrolment.guide import SAY
from agent.enrolment.guided import NotShown
from agent.troubles import Trouble

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
MADE: list[Callable[[str], Trouble]] = [
    troubles.no_hub,
    troubles.reports_unkept,
    troubles.images_unkept,
    troubles.policy_unkept,
    troubles.pause_unkept,
    troubles.face_unkept,
]


@pytest.mark.parametrize("make", MADE)
def test_a_trouble_has_its_detail_in_both_languages(make: Callable[[str], Trouble]) -> None:
    trouble = make("errno 28")

    assert "errno 28" in trouble.ja and "errno 28" in trouble.en
    assert JAPANESE.search(trouble.ja) and not JAPANESE.search(trouble.en)
    assert "\n" not in trouble.ja + trouble.en


@pytest.mark.parametrize("say", SAY)
def test_an_enrolment_that_saw_too_little_says_what_to_do(say: str) -> None:
    trouble = NotShown(say).say

    assert SAY[say][0] in trouble.ja and SAY[say][1] in trouble.en
    assert str(NotShown(say)) == trouble.en
