"""`zaiseki agent install|uninstall`: runs the agent whenever its user is signed in.

A service of the user, not of the system: camera and screen belong to who sits there. Each system
has its own kind; what is written is text that its own tools show, and nothing of it is hidden.
"""

import argparse
import hashlib
import os
import platform
import plistlib
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from agent import settings
from agent.settings import SettingsError, default_folder, write_private

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FAILED, USAGE = 1, 2
# The exit codes after which a restart helps nobody, see agent.exits.Exit: all but 1.
NO_RESTART = "2 3 4 5 6 7 8"
RESTART_S = 10
TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"

Run = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Service:
    """What a system needs to be told: a file, the commands around it, and how to look at it."""

    name: str
    file: Path
    data: bytes
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    see: str


class Failed(Exception):
    """What the system's own tool said."""


def register(family: "Commands") -> None:
    for name, work, about in (
        ("install", install, "run the agent whenever you are signed in"),
        ("uninstall", uninstall, "no longer run it by itself; what it keeps stays"),
    ):
        parser = family.add_parser(name, help=about, description=about)
        parser.add_argument(
            "--state", type=Path, metavar="DIR", default=default_folder(),
            help="the agent's own folder (default: %(default)s)",
        )  # fmt: skip
        parser.set_defaults(run=run, work=work)


def run(options: argparse.Namespace) -> int:
    folder: Path = options.state.absolute()
    made = service(platform.system(), folder, command(), Path.home(), user())
    work: Callable[[Service, Path, Run], list[str]] = options.work
    try:
        print("\n".join(work(made, folder, tool)))
    except SettingsError as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return USAGE
    except Failed as failed:
        print(f"zaiseki: {failed}", file=sys.stderr)
        return FAILED
    return 0


def install(made: Service, folder: Path, call: Run) -> list[str]:
    """Write the service and start it. Raises SettingsError or Failed, one line each."""
    if not settings.load(folder).hub or not (folder / settings.TOKEN_FILE).exists():
        raise SettingsError(
            f"{folder} does not say which hub, or with which token: "
            "run `zaiseki agent run --hub URL --token-file F --save` once, then install"
        )
    write_private(made.file, made.data)
    for words in made.start:
        try:
            call(words)
        except Failed as failed:
            raise Failed(
                f"{made.file} is written, but `{shlex.join(words)}` failed ({failed}): "
                "sign in at the machine itself and try again"
            ) from None
    return [f"wrote {made.file}", f"started {made.name}", f"see it with: {made.see}"]


def uninstall(made: Service, folder: Path, call: Run) -> list[str]:
    """Stop the service and remove its file; `folder` is left as it is."""
    if not made.file.exists():
        return [f"there is no {made.file}: nothing to remove"]
    said = []
    for words in made.stop:
        try:
            call(words)
        except Failed as failed:  # it was not running, or is gone already
            said.append(f"`{shlex.join(words)}` said: {failed}")
    made.file.unlink()
    return [*said, f"removed {made.file}", f"settings, token and records stay in {folder}"]


def tool(words: Sequence[str]) -> str:
    """One command of the system. Raises Failed with its own first line."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failed(f"there is no {words[0]} here ({error.strerror})") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(said[0] if said else f"exit code {done.returncode}")
    return done.stdout


def command() -> list[str]:
    """How this very installation is called: the bundle, or the script that pip made."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    ending = ".exe" if os.name == "nt" else ""
    return [str(Path(sysconfig.get_path("scripts"), f"zaiseki{ending}"))]


def user() -> str:
    """As the system's task scheduler names who is signed in."""
    domain, name = os.environ.get("USERDOMAIN"), os.environ.get("USERNAME", "")
    return f"{domain}\\{name}" if domain else name


def service(system: str, folder: Path, call: Sequence[str], home: Path, owner: str) -> Service:
    """The service of one state folder; another folder is another service."""
    other = folder != default_folder()
    name = "zaiseki-agent" + (f"-{hashlib.sha256(bytes(folder)).hexdigest()[:8]}" if other else "")
    words = [*call, "agent", "run", "--state", str(folder)]
    if system == "Darwin":
        return launch_agent(name, folder, words, home)
    if system == "Windows":
        return scheduled_task(name, folder, words, owner)
    return systemd_unit(name, folder, words, home)


def systemd_unit(name: str, folder: Path, words: Sequence[str], home: Path) -> Service:
    """systemd.service(5); it restarts what crashed or was killed, nothing else."""
    lines = [
        "[Unit]",
        f"Description=zaiseki agent (在席), {specifier(str(folder))}",
        "After=graphical-session.target",
        "",
        "[Service]",
        f"ExecStart={' '.join(map(quoted, words))}",
        "Restart=on-failure",
        f"RestartSec={RESTART_S}",
        f"RestartPreventExitStatus={NO_RESTART}",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    systemctl = ("systemctl", "--user")
    return Service(
        name,
        base / "systemd" / "user" / f"{name}.service",
        "\n".join(lines).encode(),
        start=((*systemctl, "daemon-reload"), (*systemctl, "enable", "--now", name)),
        stop=((*systemctl, "disable", "--now", name),),
        see=f"systemctl --user status {name}; journalctl --user -u {name}",
    )


def quoted(word: str) -> str:
    """One word of a command line, as systemd.service(5) "Command lines" reads it."""
    plain = specifier(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{plain}"'


def specifier(words: str) -> str:
    return words.replace("%", "%%")


def launch_agent(name: str, folder: Path, words: Sequence[str], home: Path) -> Service:
    """launchd.plist(5). launchd cannot tell exit codes apart, so only a crash is restarted."""
    label = f"{name.replace('-', '.', 1)}"
    job = {
        "Label": label,
        "ProgramArguments": list(words),
        "RunAtLoad": True,
        "KeepAlive": {"Crashed": True},
        "ThrottleInterval": RESTART_S,
        "LimitLoadToSessionType": "Aqua",
        "StandardErrorPath": str(folder / "agent.log"),
    }
    file = home / "Library" / "LaunchAgents" / f"{label}.plist"
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    return Service(
        name,
        file,
        plistlib.dumps(job),
        start=(("launchctl", "bootstrap", domain, str(file)),),
        stop=(("launchctl", "bootout", f"{domain}/{label}"),),
        see=f"launchctl print {domain}/{label}; its warnings are in {folder / 'agent.log'}",
    )


def scheduled_task(name: str, folder: Path, words: Sequence[str], owner: str) -> Service:
    """A task of Windows' scheduler (schema 1.4) that starts at log-on and runs without an end."""
    file = folder / f"{name}.xml"
    # schtasks reads UTF-16 only
    data = ElementTree.tostring(task(folder, words, owner), encoding="utf-16")
    return Service(
        name,
        file,
        data,
        start=(
            ("schtasks", "/Create", "/TN", name, "/XML", str(file), "/F"),
            ("schtasks", "/Run", "/TN", name),
        ),
        stop=(("schtasks", "/End", "/TN", name), ("schtasks", "/Delete", "/TN", name, "/F")),
        see=f"schtasks /Query /TN {name} /V /FO LIST",
    )


def task(folder: Path, words: Sequence[str], owner: str) -> Element:
    root = Element("Task", {"version": "1.4", "xmlns": TASK})
    fill(root, "RegistrationInfo", {"Description": f"zaiseki agent (在席), {folder}"})
    trigger = SubElement(SubElement(root, "Triggers"), "LogonTrigger")
    tell(trigger, {"Enabled": "true", "UserId": owner})
    principal = SubElement(SubElement(root, "Principals"), "Principal", {"id": "Author"})
    tell(
        principal,
        {"UserId": owner, "LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"},
    )
    rules = {
        "MultipleInstancesPolicy": "IgnoreNew",
        "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false",
        "ExecutionTimeLimit": "PT0S",
    }
    fill(root, "Settings", rules)
    call = SubElement(SubElement(root, "Actions", {"Context": "Author"}), "Exec")
    tell(call, {"Command": words[0], "Arguments": subprocess.list2cmdline(words[1:])})
    return root


def fill(root: Element, name: str, words: dict[str, str]) -> None:
    tell(SubElement(root, name), words)


def tell(element: Element, words: dict[str, str]) -> None:
    for name, text in words.items():
        SubElement(element, name).text = text
