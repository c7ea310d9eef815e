"""docs/protocol.md says what the hub says: its transcripts, close codes and limits."""

import re
from pathlib import Path

import pytest

from hub.http.sockets import DENIALS
from hub.live import agents, reception, watchers
from hub.live.wire import DROP_AFTER_SWEEPS, PING_AFTER_SWEEPS, SWEEP_EVERY_S, Limits
from hub.protocol import closing
from hub.protocol.closing import Advice, advice
from hub.protocol.session import code_of_status
from tests.docs.transcripts import DOCUMENT, blocks, held

TEXT = DOCUMENT.read_text()
AGAIN = "run `.venv/bin/python -m tests.docs.transcripts`, and read what has changed"
ROW = re.compile(r"^\| ([\d, ]+) \| .* \| (.*) \|$", re.MULTILINE)


async def test_the_transcripts_are_what_is_said(tmp_path: Path) -> None:
    told = await held(tmp_path)

    assert dict(blocks(TEXT)) == told, AGAIN


def listed() -> dict[int, str]:
    """What a client does after each close code of the table."""
    found = ((int(code), does) for codes, does in ROW.findall(TEXT) for code in codes.split(", "))
    return {code: does for code, does in found if code >= 1000}


def test_every_close_code_is_explained() -> None:
    ours = {
        code for name, code in vars(closing).items() if name.isupper() and code in range(4000, 5000)
    }

    assert ours <= listed().keys()


@pytest.mark.parametrize(("code", "does"), listed().items())
def test_the_table_advises_what_the_code_does(code: int, does: str) -> None:
    begins = {Advice.STOP: ("stop",), Advice.WAIT: ("wait",), Advice.RETRY: ("come back", "stay")}

    assert does.startswith(begins[advice(code)])


def test_every_refusal_is_explained() -> None:
    for status in DENIALS:
        assert re.search(
            rf"^\|[\d, ]*\b{status}\b[\d, ]*\| {code_of_status(status)} \|", TEXT, re.M
        )


def rate(limits: Limits) -> str:
    return f"{limits.burst:,} at once, {limits.per_s:.0f} a second"


def test_the_limits_are_those_of_the_hub() -> None:
    kilobytes = agents.LIMITS.message_bytes // 1024
    silence = (
        f"{PING_AFTER_SWEEPS * SWEEP_EVERY_S:.0f} s, {DROP_AFTER_SWEEPS * SWEEP_EVERY_S:.0f} s"
    )
    rows = {
        "a message to the hub": (f"{kilobytes} kB", f"{kilobytes} kB"),
        "messages to the hub": (rate(agents.LIMITS), rate(watchers.LIMITS)),
        "the first message": (
            f"within {agents.HELLO_WITHIN_S:.0f} s",
            f"within {watchers.SUBSCRIBE_WITHIN_S:.0f} s",
        ),
        "silence before the hub asks, and drops": (silence, silence),
        "connections of one token": (
            f"{reception.CONNECTS_MAX} at once, {reception.CONNECTS_PER_S:.0f} a second",
        )
        * 2,
    }
    for name, (of_agents, of_watchers) in rows.items():
        assert f"| {name} | {of_agents}" in TEXT
        assert f"| {of_watchers}" in TEXT.partition(f"| {name} |")[2].partition("\n")[0]
