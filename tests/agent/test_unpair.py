"""After unpairing nothing of the worker is left, and nobody unpairs under a running agent."""

from argparse import Namespace
from pathlib import Path

import pytest

from agent import secrets
from agent.evidence.ring import Ring
from agent.settings import SETTINGS_FILE, Settings, save, save_token
from agent.spool import Spool, SpoolError
from agent.unpair import unpair, wipe
from hub.protocol.agents import StateReport
from hub.protocol.facts import Facts, Presence
from tests.agent.evidence.test_ring import image

NOON = 1_780_000_000.0


@pytest.mark.requirement("R60")
def test_only_the_settings_of_the_machine_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path, Settings(hub="https://hub.example"))
    save_token(tmp_path, "secret")
    spool = Spool(tmp_path, NOON)
    spool.report(StateReport(0, Facts(NOON, Presence.PRESENT)))
    ring = Ring(tmp_path, spool.box)
    ring.add(*image(1))
    with pytest.raises(SpoolError, match="another agent"):
        wipe(tmp_path)
    ring.close()
    spool.close()

    assert unpair(Namespace(state=tmp_path)) == 0
    assert [file.name for file in tmp_path.rglob("*")] == [SETTINGS_FILE]
    assert "nothing of the worker is left" in capsys.readouterr().out


@pytest.mark.requirement("R60")
def test_a_spools_rows_say_nothing_without_the_key(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOON)
    spool.report(StateReport(0, Facts(NOON, Presence.PRESENT)))
    spool.close()
    for file in tmp_path.glob("spool.db*"):
        assert b"present" not in file.read_bytes()

    (tmp_path / secrets.FILE).unlink()
    with pytest.raises(SpoolError, match="damaged"):
        Spool(tmp_path, NOON)


def test_a_folder_that_is_not_there_is_unpaired_already(tmp_path: Path) -> None:
    wipe(tmp_path / "nothing")

    assert not (tmp_path / "nothing").exists()
