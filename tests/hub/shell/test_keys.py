"""`zaiseki keys` as somebody types it, on the embedded database."""

import json
import re
from pathlib import Path

import pytest

from tests.clock import wait_until
from tests.hub.shell.conftest import Shell
from tests.keys import MASTER

INSIDE = "http://127.0.0.1:9000/hook"  # an address as it stands: no name has to be looked up


@pytest.fixture
def tenant(company: str, shell: Shell) -> str:
    """Its system ID; it has a webhook, whose secret is sealed."""
    assert shell("webhook", "add", INSIDE)[0] == 0
    return company


def masters(status: str) -> dict[str, str]:
    """What each master key is: name -> state."""
    lines = [line.split("\t") for line in status.splitlines()]
    return {name: state.split()[0] for kind, name, state, *_ in lines if kind == "master"}


@pytest.mark.requirement("R50")
def test_keys_change_at_both_levels_and_status_follows(shell: Shell, tenant: str) -> None:
    code, before = shell("keys", "status")
    assert (code, list(masters(before).values())) == (0, ["in"])
    assert re.search(rf"^{tenant}\tkey 1\tin use since", before, re.M)

    code, printed = shell("keys", "rotate")
    assert code == 0 and f"{tenant}\tkey 2 seals from" in printed
    assert shell("keys", "rotate", "--prepare")[0] == 0
    code, printed = shell("keys", "rotate", "--master")
    assert code == 0 and "wraps 2 keys of tenants anew" in printed

    _, after = shell("keys", "status")
    (old,) = masters(before)
    assert masters(after)[old] == "retired" and list(masters(after).values()) == ["retired", "in"]
    assert old not in [line.split("master ")[-1] for line in after.splitlines() if "key" in line]
    code, printed = shell("keys", "reseal")
    assert code == 0 and "sealed 0 things" in printed  # what there is has its key already
    code, printed = shell("keys", "drop", old)
    assert code == 1 and f"add --confirm {old}" in printed
    assert shell("keys", "drop", old, "--confirm", old)[0] == 0
    assert shell("webhook", "add", INSIDE)[0] == 0
    assert re.search(rf"^{tenant}\tkey 2\tseals from", shell("keys", "status")[1], re.M)


@pytest.mark.requirement("R50")
def test_status_says_how_long_an_older_key_is_kept_and_retire_ends_it(
    shell: Shell, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAISEKI_PACE", "0.0001")
    assert shell("keys", "rotate")[0] == 0
    until = "opens what is older\tmaster .*\tuntil everything is sealed anew, and a month longer"
    wait_until(lambda: re.search(rf"^{tenant}\tkey 1\t{until}$", shell("keys", "status")[1], re.M))
    assert shell("keys", "retire") == (0, retired(0))
    wait_until(lambda: "sealed 1 things" in shell("keys", "reseal")[1])
    status = shell("keys", "status")[1]
    assert re.search(
        rf"^{tenant}\tkey 1\topens what is older\t.*until 20..-..-.., for", status, re.M
    )

    code, printed = shell("keys", "retire")

    assert (code, printed) == (0, f"{tenant}\tkey 1 is retired\n{retired(1)}")
    status = shell("keys", "status")[1]
    assert re.search(rf"^{tenant}\tkey 1\tretired 20.*: nothing is sealed with it$", status, re.M)
    assert shell("webhook", "add", INSIDE)[0] == 0


def retired(count: int) -> str:
    return f"retired {count} keys; images in backups from before they were replaced need them\n"


@pytest.mark.requirement("R53")
def test_destroying_wants_the_word_twice_and_prints_the_certificate(
    shell: Shell, tenant: str
) -> None:
    code, printed = shell("keys", "destroy", tenant)
    assert code == 1 and "nothing was changed" in printed and printed.count("\n") == 1

    code, printed = shell("keys", "destroy", tenant, "--confirm", tenant)
    assert code == 1 and f"the contract of {tenant} is active: end it first" in printed
    assert printed.count("\n") == 1
    assert shell("tenant", "suspend", tenant)[0] == 0
    wrong = shell("keys", "destroy", tenant, "--confirm", tenant, "--although", "active")
    assert wrong[0] == 1 and "add --although suspended" in wrong[1]
    assert shell("tenant", "resume", tenant)[0] == 0

    although = ("--although", "active")
    code, printed = shell("keys", "destroy", tenant, "--confirm", tenant, *although)
    assert code == 0
    stated = json.loads(printed.splitlines()[0])
    assert (stated["system_id"], stated["unreadable"]["webhook"]) == (tenant, 1)
    assert shell("keys", "certificate", tenant) == (0, printed)

    again = shell("keys", "destroy", tenant, "--confirm", tenant, *although)
    assert (again[0], again[1].count("\n")) == (1, 1)
    assert "were destroyed" in shell("webhook", "add", INSIDE)[1]
    assert f"{tenant}\tkey 1\tdestroyed" in shell("keys", "status")[1]


def test_a_record_without_its_master_key_says_what_is_missing(
    shell: Shell, tenant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tenant
    (tmp_path / "master.key").rename(tmp_path / "elsewhere")

    code, printed = shell("webhook", "add", INSIDE)
    assert (code, printed.count("\n")) == (1, 1)
    assert "bring the file master.key" in printed

    assert shell("webhook", "add", INSIDE, "--master-file", str(tmp_path / "elsewhere"))[0] == 0
    monkeypatch.setenv("ZAISEKI_MASTER_KEY", MASTER)
    monkeypatch.setenv("ZAISEKI_PKCS11", "pkcs11:token=zaiseki")
    assert "exclude each other" in shell("keys", "status")[1]


@pytest.mark.parametrize("what", ["certificate", "destroy"])
def test_an_unknown_tenant_is_none(shell: Shell, tenant: str, what: str) -> None:
    assert tenant
    assert shell("keys", what, "NOBODY") == (1, "zaiseki: there is no tenant 'NOBODY'\n")
