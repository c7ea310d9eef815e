"""`zaiseki webhook` as somebody types it, on the embedded database."""

import re

import pytest

from tests.hub.shell.conftest import Shell

INSIDE = "http://127.0.0.1:9000/hook"  # an address as it stands: no name has to be looked up

pytestmark = pytest.mark.usefixtures("company")


def test_an_added_webhook_shows_its_secret_once(shell: Shell) -> None:
    code, printed = shell("webhook", "add", INSIDE, "--type", "incident.opened")
    _, listed = shell("webhook", "list")

    assert code == 0
    assert re.search(r"secret, shown this once: whsec_[A-Za-z0-9+/]{43}=\n", printed)
    assert listed.startswith(f"1\tactive\t{INSIDE}\tincident.opened\t0 delivered")
    assert "whsec_" not in listed


def test_a_test_message_waits_for_the_hub(shell: Shell) -> None:
    shell("webhook", "add", INSIDE)

    code, printed = shell("webhook", "test", "1")

    assert (code, printed[:11]) == (0, "queued msg_")
    assert "1 waiting" in shell("webhook", "list")[1]


def test_a_removed_webhook_is_not_there_any_more(shell: Shell) -> None:
    shell("webhook", "add", INSIDE)

    assert shell("webhook", "remove", "1")[0] == 0
    assert shell("webhook", "list") == (0, "")
    assert shell("webhook", "remove", "1") == (1, "zaiseki: there is no webhook '1'\n")
    assert shell("webhook", "test", "1") == (1, "zaiseki: there is no webhook '1'\n")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://10.0.0.1/", "ZAISEKI_WEBHOOK_ALLOW"),
        ("http://93.184.215.14/", "https on port 443"),
        ("hooks", "write https://HOST/PATH"),
    ],
)
def test_an_address_that_would_get_nothing_is_refused(
    shell: Shell, address: str, says: str
) -> None:
    code, printed = shell("webhook", "add", address)

    assert code == 1
    assert printed.startswith("zaiseki: ") and says in printed and printed.count("\n") == 1
    assert shell("webhook", "list") == (0, "")


def test_an_unknown_type_is_refused_with_the_known_ones(shell: Shell) -> None:
    code, printed = shell("webhook", "add", INSIDE, "--type", "seat.moved")

    assert code == 1
    assert "'seat.moved' is no event: give one of presence.updated, incident.opened" in printed


def test_the_eleventh_webhook_is_refused(shell: Shell) -> None:
    for _ in range(10):
        shell("webhook", "add", INSIDE)

    code, printed = shell("webhook", "add", INSIDE)

    assert (code, "first remove one" in printed) == (1, True)


def test_a_network_that_is_none_is_wrong_use(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAISEKI_WEBHOOK_ALLOW", "10.0.0.1/8")

    code, printed = shell("webhook", "list")

    assert code == 2
    assert "ZAISEKI_WEBHOOK_ALLOW" in printed and "10.0.0.0/8,fd00::/8" in printed
