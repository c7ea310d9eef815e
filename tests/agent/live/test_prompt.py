"""A question in the terminal: one line in, one line out, and no answer by accident."""

from collections.abc import AsyncIterator

import pytest

from agent.live.prompt import Prompt
from hub.protocol.live_view import ViewAnswered
from tests.agent.live.test_view import Camera, Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    camera = Camera()
    here = Office(camera)
    yield here
    await here.views.close()
    await camera.stop()


async def test_the_terminal_asks_who_may_look_and_takes_a_clear_word(office: Office) -> None:
    said: list[str] = []
    prompt = Prompt([office.views], said.append)
    office.asks("v1", "木村 楓")

    assert said == [
        "木村 楓 asks to see this camera live, to check on work; "
        "type y to allow it or n to refuse, within 30 s"
    ]
    for line in ("\n", "maybe\n", ""):
        prompt.typed(line)
    assert office.said == []

    prompt.typed(" N\n")
    assert office.said == [ViewAnswered("v1", accepted=False)]


async def test_an_answer_is_for_the_question_that_was_read_and_for_no_later_one(
    office: Office,
) -> None:
    said: list[str] = []
    prompt = Prompt([office.views], said.append)
    prompt.typed("y\n")
    office.asks("v1", "木村 楓")
    office.asks("v2", "森 葵")

    prompt.typed("はい\n")

    assert [one.view for one in office.views.active] == ["v1"]
    assert [one.view for one in office.views.pending] == ["v2"]
    assert said[-1].startswith("木村 楓 may look now")
    assert any(line.startswith("森 葵 asks") for line in said)
