"""A short storm in a process of its own; `python -m tests.faults` raises longer ones."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import msgspec
import pytest

from tests.faults.verdict import Verdict
from tests.hubs import ROOT

SEED, SECONDS, AGENTS = 3, 16, 200


@pytest.mark.alone
@pytest.mark.requirement("R38", "R82")
async def test_after_a_storm_nothing_is_missing_doubled_or_shown_wrongly() -> None:
    """200 agents and 20 boards on three nodes, through faults of every kind."""
    words = ["-m", "tests.faults", "--seed", str(SEED), "--seconds", str(SECONDS)]
    words += ["--agents", str(AGENTS)]
    storm = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    out, wrong = await storm.communicate()
    assert storm.returncode == 0, f"{out.decode()}{wrong.decode()}"
    verdict = msgspec.json.decode(out.splitlines()[-1], type=Verdict)

    assert verdict.acknowledged == verdict.given > AGENTS
    assert verdict.looked > 0
    assert sum(verdict.faults.values()) > SECONDS / 2
    assert not verdict.broken
