"""The administrator's commands, typed as somebody would type them, on both databases."""

import asyncio
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import cli
from hub.access import Role, Scope
from hub.identity import passwords
from storage.database import embedded_url, engine
from storage.people.members import MemberRow, credentials, members
from storage.people.sessions import actor_of, open_session
from storage.people.tenants import only_tenant
from storage.seats.devices import LinkedDevice, device_of
from tests.record import database_url, empty_url
from tests.tables import with_tables

__all__ = ["database_url", "empty_url"]


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in which `zaiseki` finds its record."""

    url: str
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, stdin: str = "") -> Said:
        self.monkeypatch.setattr(sys, "argv", ["zaiseki", *words])
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self.monkeypatch.setenv("ZAISEKI_DATABASE", self.url)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    def ok(self, *words: str, stdin: str = "") -> str:
        said = self(*words, stdin=stdin)
        assert (said.code, said.err) == (0, "")
        return said.out

    def refused(self, *words: str, stdin: str = "") -> str:
        """The one line on standard error."""
        said = self(*words, stdin=stdin)
        assert said.code == 1
        assert said.out == ""
        (line,) = said.err.splitlines()
        return line


@pytest.fixture
def bare(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.delenv("ZAISEKI_STATE", raising=False)
    return Shell(empty_url, monkeypatch, capsys)


@pytest.fixture
def shell(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """With tables, one tenant, and 営業/東京."""
    monkeypatch.delenv("ZAISEKI_STATE", raising=False)
    asyncio.run(with_tables(database_url))
    there = Shell(database_url, monkeypatch, capsys)
    there.ok("tenant", "add", "株式会社A")
    there.ok("group", "add", "営業")
    there.ok("group", "add", "東京", "--parent", "営業")
    return there


async def listed(url: str) -> list[MemberRow]:
    opened = engine(url)
    async with opened.connect() as conn:
        tenant = await only_tenant(conn)
        assert tenant is not None
        rows = await members(conn, Scope(tenant.id, everybody=True))
    await opened.dispose()
    return rows


async def password_fits(url: str, login: str, password: str) -> bool:
    opened = engine(url)
    async with opened.connect() as conn:
        tenant = await only_tenant(conn)
        assert tenant is not None
        found = await credentials(conn, tenant.id, login)
    await opened.dispose()
    return found is not None and passwords._verify(found.password_hash, password)


async def linked(url: str, token: str) -> LinkedDevice | None:
    opened = engine(url)
    async with opened.connect() as conn:
        found = await device_of(conn, token)
    await opened.dispose()
    return found


def test_from_nothing_to_a_device_that_reports(bare: Shell) -> None:
    assert "run: zaiseki db upgrade --database" in bare.refused("tenant", "list")
    bare.ok("db", "upgrade")
    assert "fit this zaiseki" in bare.ok("db", "check")
    assert bare.refused("member", "list").endswith("run: zaiseki tenant add NAME")
    system_id = bare.ok("tenant", "add", "株式会社A").split("\t")[0]
    assert bare.ok("tenant", "list") == f"{system_id}\t株式会社A\tactive\t0\n"
    bare.ok("group", "add", "営業")
    bare.ok("group", "add", "東京", "--parent", "営業")
    made = bare.ok("member", "add", "sato", "--name", "佐藤", "--group", "営業/東京")
    assert system_id in made
    told = bare.ok("device", "add", "sato", "--url", "https://hub.example.jp/")

    token = re.search(r"^ZAISEKI_TOKEN=(\S+) zaiseki agent run --hub (\S+)", told, re.MULTILINE)
    assert token is not None
    assert token[2] == "https://hub.example.jp"
    device = asyncio.run(linked(bare.url, token[1]))
    assert device is not None
    assert device.member_name == "佐藤"


def test_a_made_up_password_is_told_once_and_works(shell: Shell) -> None:
    told = shell.ok("member", "add", "sato", "--name", "佐藤")

    password = told.rpartition(": ")[2].strip()
    assert len(password) >= passwords.MIN_LETTERS
    assert asyncio.run(password_fits(shell.url, "sato", password))


def test_a_password_from_standard_input_is_used_and_not_repeated(shell: Shell) -> None:
    chosen = "a good long password"

    told = shell.ok("member", "add", "sato", "--name", "S", "--password-stdin", stdin=chosen + "\n")

    assert chosen not in told
    assert asyncio.run(password_fits(shell.url, "sato", chosen))


def test_a_weak_password_makes_nobody(shell: Shell) -> None:
    line = shell.refused(
        "member", "add", "sato", "--name", "S", "--password-stdin", stdin="short\n"
    )

    assert "12 to 128" in line
    assert shell.ok("member", "list") == ""


def test_a_supervisor_gets_groups_to_supervise(shell: Shell) -> None:
    shell.ok(
        "member", "add", "sato", "--name", "佐藤", "--role", "supervisor", "--supervise", "営業"
    )  # fmt: skip

    (sato,) = asyncio.run(listed(shell.url))
    assert sato.role is Role.SUPERVISOR
    assert len(sato.supervises) == 1
    assert "--role supervisor" in shell.refused(
        "member", "add", "mori", "--name", "M", "--supervise", "営業"
    )


@pytest.mark.requirement("R1")
def test_disabling_somebody_ends_sessions_and_devices(shell: Shell) -> None:
    shell.ok("member", "add", "sato", "--name", "佐藤", "--group", "東京")
    told = shell.ok("device", "add", "sato")
    token = told.partition("ZAISEKI_TOKEN=")[2].split()[0]

    shell.ok("member", "disable", "SATO")

    assert "disabled\t営業/東京" in shell.ok("member", "list")
    assert asyncio.run(linked(shell.url, token)) is None
    assert "no active member" in shell.refused("device", "add", "sato")


def test_a_new_password_signs_out_everywhere(shell: Shell) -> None:
    shell.ok("member", "add", "sato", "--name", "佐藤")
    now = datetime.now(UTC)

    async def signed_in(token: str | None) -> str | None:
        """Open a session, or see whether the one of before is still good."""
        opened = engine(shell.url)
        async with opened.begin() as conn:
            tenant = await only_tenant(conn)
            assert tenant is not None
            if token is None:
                (sato,) = await members(conn, Scope(tenant.id, everybody=True))
                token = await open_session(conn, tenant.id, sato.id, "browser", now)
            good = await actor_of(conn, token, now) is not None
        await opened.dispose()
        return token if good else None

    token = asyncio.run(signed_in(None))
    told = shell.ok("member", "password", "sato")

    assert token is not None
    assert asyncio.run(signed_in(token)) is None
    assert asyncio.run(password_fits(shell.url, "sato", told.rpartition(": ")[2].strip()))


def test_a_revoked_device_is_listed_as_such(shell: Shell) -> None:
    shell.ok("member", "add", "sato", "--name", "佐藤")
    told = shell.ok("device", "add", "sato", "--name", "机のPC")
    number = told.split()[1]

    shell.ok("device", "revoke", number)

    assert shell.ok("device", "list") == f"{number}\tsato\t机のPC\tpc\trevoked\n"
    assert asyncio.run(linked(shell.url, told.partition("TOKEN=")[2].split()[0])) is None
    assert shell.refused("device", "revoke", number) == f"zaiseki: there is no device '{number}'"


def test_among_several_tenants_one_has_to_be_chosen(shell: Shell) -> None:
    system_id = shell.ok("tenant", "add", "株式会社B").split("\t")[0]

    line = shell.refused("group", "list")

    assert f"{system_id} (株式会社B)" in line
    assert "--tenant" in line
    assert shell.ok("group", "list", "--tenant", system_id) == ""
    assert "no tenant 'X'" in shell.refused("group", "list", "--tenant", "X")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["group", "add", "営業"], "there is a group '営業' already"),
        (["group", "add", "a/b"], "--parent"),
        (["group", "add", " "], "1 to 200 letters"),
        (["group", "add", "x", "--parent", "大阪"], "there is no group '大阪'"),
        (["member", "add", "s", "--name", "S", "--group", "大阪"], "there is no group '大阪'"),
        (["member", "add", "s s", "--name", "S"], "no spaces"),
        (["member", "disable", "nobody"], "there is no member 'nobody'"),
        (["device", "add", "nobody"], "there is no member 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_one_line(shell: Shell, words: list[str], expected: str) -> None:
    assert expected in shell.refused(*words)


def test_wrong_use_is_exit_code_2(bare: Shell) -> None:
    assert bare("member", "add").code == 2
    assert bare("member", "add", "x", "--name", "X", "--role", "king").code == 2
    wrong = bare("device", "add", "x", "--url", "not an address")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--url" in wrong.err


def test_the_embedded_record_makes_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell("", monkeypatch, capsys)

    shell.ok("tenant", "add", "A", "--state", str(tmp_path / "new"))

    assert (tmp_path / "new" / "zaiseki.db").exists()
    monkeypatch.setenv("ZAISEKI_STATE", str(tmp_path / "new"))
    assert shell.ok("tenant", "list").endswith("\tA\tactive\t0\n")
    shell_of_the_file = Shell(embedded_url(tmp_path / "new"), monkeypatch, capsys)
    assert shell_of_the_file.ok("tenant", "list").endswith("\tA\tactive\t0\n")


def test_a_database_that_is_not_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Shell("postgresql+asyncpg://u:hunter2@127.0.0.1:1/x", monkeypatch, capsys)

    line = gone.refused("member", "list")

    assert "127.0.0.1:1/x" in line
    assert "hunter2" not in line


def test_without_the_servers_libraries_the_commands_say_how_to_get_them() -> None:
    program = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "sys.argv = ['zaiseki', 'member', 'list']\n"
        "from hub.cli import main; main()"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert ended.returncode == 1
    assert re.fullmatch(
        r"zaiseki: this needs sqlalchemy\S*: pip install 'zaiseki\[hub\]'\n", ended.stderr
    )


@pytest.mark.requirement("R75", "R76")
def test_a_contract_is_limited_suspended_resumed_and_ended_from_a_shell(shell: Shell) -> None:
    system_id = shell.ok("tenant", "list").split("\t")[0]
    shell.ok("member", "add", "sato", "--name", "佐藤")
    told = shell.ok("device", "add", "sato")
    token = told.partition("ZAISEKI_TOKEN=")[2].split()[0]

    shell.ok("tenant", "seats", system_id, "1")
    assert "all 1 seats" in shell.refused("member", "add", "mori", "--name", "森")
    shell.ok("tenant", "suspend", system_id, "--reason", "料金の未払い")
    assert asyncio.run(linked(shell.url, token)) is None
    assert shell.ok("tenant", "list").endswith("\tsuspended (料金の未払い)\t1/1\n")
    shell.ok("tenant", "resume", system_id.lower())
    assert asyncio.run(linked(shell.url, token)) is not None
    shell.ok("member", "disable", "sato")
    shell.ok("member", "add", "mori", "--name", "森")
    assert "all 1 seats" in shell.refused("member", "enable", "sato")
    shell.ok("tenant", "seats", system_id, "none")
    shell.ok("member", "enable", "sato")
    shell.ok("tenant", "end", system_id)

    assert shell.ok("tenant", "list").endswith("\tended\t2\n")
    assert "no tenant 'X'" in shell.refused("tenant", "suspend", "X")


@pytest.mark.requirement("R55")
def test_operators_are_added_from_a_shell_and_belong_to_no_customer(shell: Shell) -> None:
    told = shell.ok("operator", "add", "op", "--name", "運用")
    home = told.partition("system id ")[2].split()[0]

    assert home not in shell.ok("tenant", "list")
    assert shell.ok("operator", "list") == "op\t運用\tactive\n"
    assert "no tenant" in shell.refused("tenant", "suspend", home)
    assert "operators" in shell.refused("member", "add", "x", "--name", "X", "--tenant", home)
    shell.ok("operator", "disable", "op")

    assert shell.ok("operator", "list") == "op\t運用\tdisabled\n"
    assert "no operator 'nobody'" in shell.refused("operator", "disable", "nobody")
