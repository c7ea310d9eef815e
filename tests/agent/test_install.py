"""The service of each system, in the form that its own tools read."""

import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent import install, settings
from agent.exits import MEANINGS, Exit
from agent.install import TASK, Failed, Service, quoted, service
from agent.settings import Settings, SettingsError
from hub import cli

COMMAND = [sys.executable]
# The order that the scheduler's schema asks of a task's parts, and what each may hold.
SCHEMA = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "RegistrationInfo": ["Description"],
    "Triggers": ["LogonTrigger"],
    "LogonTrigger": ["Enabled", "UserId"],
    "Principals": ["Principal"],
    "Principal": ["UserId", "LogonType", "RunLevel"],
    "Settings": [
        "MultipleInstancesPolicy",
        "DisallowStartIfOnBatteries",
        "StopIfGoingOnBatteries",
        "ExecutionTimeLimit",
    ],
    "Actions": ["Exec"],
    "Exec": ["Command", "Arguments"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder, with a name that needs quoting, from which an agent can run."""
    state = tmp_path / "太郎 100% $HOME"
    settings.save(state, Settings(hub="https://hub.example"))
    settings.save_token(state, "secret")
    return state


def made(system: str, folder: Path) -> Service:
    return service(system, folder, COMMAND, folder.parent, "OFFICE\\taro")


class Tool:
    """Stands for systemctl, launchctl or schtasks."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.called: list[Sequence[str]] = []

    def __call__(self, words: Sequence[str]) -> str:
        self.called.append(words)
        if self.fails:
            raise Failed(self.fails)
        return ""


@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
def test_what_is_installed_is_said_and_removed_again(system: str, folder: Path) -> None:
    one, tool = made(system, folder), Tool()

    said = install.install(one, folder, tool)
    written = one.file.read_bytes()
    removed = install.uninstall(one, folder, tool)

    assert written == one.data
    assert said == [f"wrote {one.file}", f"started {one.name}", f"see it with: {one.see}"]
    assert tool.called == [*one.start, *one.stop]
    assert not one.file.exists()
    assert f"removed {one.file}" in removed
    assert settings.load(folder).hub == "https://hub.example"


def test_a_unit_runs_the_agent_of_its_folder_and_stays_down_where_a_restart_is_no_help(
    folder: Path,
) -> None:
    text = made("Linux", folder).data.decode()
    path = str(folder).replace("%", "%%").replace("$", "$$")

    assert f'ExecStart="{sys.executable}" "agent" "run" "--state" "{path}"' in text
    codes = [str(code.value) for code in Exit if code not in (Exit.STOPPED, Exit.CRASHED)]
    assert f"RestartPreventExitStatus={' '.join(codes)}\n" in text
    assert "Restart=on-failure\n" in text


def test_systemd_has_nothing_to_say_against_the_unit(folder: Path) -> None:
    one = made("Linux", folder)
    one.file.parent.mkdir(parents=True)
    one.file.write_bytes(one.data)

    assert [line for line in verified(one.file) if one.name in line] == []


def verified(unit: Path) -> list[str]:
    """What systemd itself says of a unit, where there is one to ask."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return []
    home = {"XDG_RUNTIME_DIR": str(unit.parent), "HOME": str(unit.parent)}
    words = [analyze, "--user", "verify", str(unit)]
    return subprocess.run(words, capture_output=True, text=True, env=home).stderr.splitlines()


def test_a_quoted_word_has_no_meaning_of_its_own() -> None:
    assert quoted('a "b" \\ $c %d') == '"a \\"b\\" \\\\ $$c %%d"'


def test_a_launch_agent_is_a_plist_that_starts_at_sign_in(folder: Path) -> None:
    job = plistlib.loads(made("Darwin", folder).data)

    assert job["ProgramArguments"] == [*COMMAND, "agent", "run", "--state", str(folder)]
    assert job["RunAtLoad"] is True
    assert job["KeepAlive"] == {"Crashed": True}
    assert made("Darwin", folder).file.name == f"{job['Label']}.plist"


def test_a_scheduled_task_is_what_the_schema_asks_for(folder: Path) -> None:
    root = ElementTree.fromstring(made("Windows", folder).data.decode("utf-16"))

    for element in root.iter():
        name = element.tag.removeprefix(f"{{{TASK}}}")
        assert element.tag.startswith(f"{{{TASK}}}")
        assert [child.tag.removeprefix(f"{{{TASK}}}") for child in element] == SCHEMA.get(name, [])
    said = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert said["ExecutionTimeLimit"] == "PT0S"
    assert said["UserId"] == "OFFICE\\taro"
    assert said["Arguments"] == f'agent run --state "{folder}"'


def test_each_folder_has_a_service_of_its_own(tmp_path: Path) -> None:
    first, second = made("Linux", tmp_path / "a"), made("Linux", tmp_path / "b")

    assert first.file != second.file
    assert made("Linux", settings.default_folder()).name == "zaiseki-agent"


def test_a_folder_without_hub_or_token_is_not_installed(tmp_path: Path) -> None:
    tool = Tool()

    with pytest.raises(SettingsError, match="--save"):
        install.install(made("Linux", tmp_path), tmp_path, tool)
    assert tool.called == []


def test_a_tool_that_fails_is_quoted_with_what_to_do(folder: Path) -> None:
    with pytest.raises(Failed, match=r"no bus.*sign in at the machine"):
        install.install(made("Linux", folder), folder, Tool("no bus"))


def test_removing_goes_on_where_the_service_is_gone_already(folder: Path) -> None:
    one = made("Linux", folder)
    install.install(one, folder, Tool())

    said = install.uninstall(one, folder, Tool("not loaded"))

    assert "not loaded" in said[0]
    assert not one.file.exists()


def test_removing_what_is_not_there_says_so(folder: Path) -> None:
    one = made("Linux", folder)

    assert install.uninstall(one, folder, Tool()) == [f"there is no {one.file}: nothing to remove"]


def test_the_command_says_in_one_line_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["zaiseki", "agent", "install", "--state", str(tmp_path)])

    with pytest.raises(SystemExit) as end:
        cli.main()

    assert end.value.code == Exit.USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_page_about_the_agent_lists_every_exit_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "agent.md"
    rows = re.findall(r"^\| (\d) \| (.+) \|$", page.read_text(), re.MULTILINE)

    assert [int(code) for code, _ in rows] == [code.value for code in Exit]
    for code, words in rows:
        assert words.startswith(MEANINGS[Exit(int(code))])
