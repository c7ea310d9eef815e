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
    assert listed.startswith(f"1\tactive\t{INSIDE}\tincident.opened\teverybody\tstandard v1\t0 del")
    assert "whsec_" not in listed


def test_a_test_message_waits_for_the_hub(shell: Shell) -> None:
    shell("webhook", "add", INSIDE)

    code, printed = shell("webhook", "test", "1")

    assert (code, printed[:18]) == (0, "queued delivery 1;")
    assert "1 waiting" in shell("webhook", "list")[1]
    code, shown = shell("webhook", "delivery", "1")
    assert (code, shown.split("\t")[2:6]) == (
        0, ["webhook 1", "webhook.ping", "waiting", "0 attempts"],
    )  # fmt: skip
    assert '"type":"webhook.ping"' in shown
    assert shell("webhook", "deliveries", "1", "--status", "failed") == (0, "")
    assert shell("webhook", "deliveries")[1].startswith("1\t")


def test_a_webhook_is_told_of_what_was_chosen_and_signed_as_chosen(shell: Shell) -> None:
    shell("group", "add", "営業部")
    code, printed = shell(
        "webhook", "add", INSIDE, "--type", "incident.*", "--group", "営業部",
        "--sign", "v1", "--sign", "v1a", "--content", "cloudevents", "--description", "監視",
    )  # fmt: skip

    assert code == 0
    assert re.search(r"public key: whpk_[A-Za-z0-9+/]{43}=\n", printed)
    listed = shell("webhook", "list")[1].split("\t")
    assert (listed[3], listed[4][:6], listed[5]) == ("incident.*", "group ", "cloudevents v1 v1a")
    assert listed[7] == "監視\n"


def test_a_changed_webhook_keeps_what_was_not_said(shell: Shell) -> None:
    shell("webhook", "add", INSIDE, "--type", "incident.opened", "--description", "監視")

    code, printed = shell("webhook", "change", "1", "--type", "all", "--sign", "v1a")

    assert code == 0
    assert printed.split("\t")[2:6] == [INSIDE, "all", "everybody", "standard v1a"]
    assert "public key: whpk_" in printed and "監視" in printed
    code, printed = shell("webhook", "change", "1")
    assert (code, "nothing to change" in printed) == (1, True)


def test_a_rotated_secret_is_another(shell: Shell) -> None:
    before = re.findall(r"whsec_\S+", shell("webhook", "add", INSIDE)[1])

    code, printed = shell("webhook", "rotate", "1")

    assert (code, "signs beside it until" in printed) == (0, True)
    assert len(before) == 1 and before != re.findall(r"whsec_\S+", printed)


def test_what_failed_while_a_webhook_was_disabled_is_sent_again(shell: Shell) -> None:
    shell("webhook", "add", INSIDE)
    shell("webhook", "test", "1")

    assert shell("webhook", "disable", "1")[0] == 0
    assert "(administrator)" in shell("webhook", "list")[1]
    assert "1 failed" in shell("webhook", "list")[1]
    code, printed = shell("webhook", "replay", "1", "--since", "2026-01-01T00:00")
    assert (code, "first: zaiseki webhook enable 1" in printed) == (1, True)
    assert shell("webhook", "test", "1")[0] == 1
    assert shell("webhook", "enable", "1")[0] == 0
    code, printed = shell("webhook", "replay", "1", "--since", "2026-01-01T00:00")
    assert (code, printed[:8]) == (0, "1 queued")
    assert "1 waiting" in shell("webhook", "list")[1]
    assert shell("webhook", "replay", "--delivery", "1")[0] == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "give --delivery ID, or --since TIME"),
        (("--since", "2026-01-01"), "--since needs the webhook"),
        (("1", "--since", "yesterday"), "is no time"),
        (("--delivery", "7"), "there is no delivery '7'"),
        (("7", "--since", "2026-01-01"), "there is no webhook '7'"),
    ],
)
def test_a_replay_of_nothing_says_what_is_missing(
    shell: Shell, options: tuple[str, ...], says: str
) -> None:
    code, printed = shell("webhook", "replay", *options)

    assert code == 1
    assert says in printed and printed.count("\n") == 1


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
        ("https://name:word@example.com/", "the signature is the proof"),
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
    for wrong in ("seat.moved", "seat.*", "*", "incident*", "inc.*dent"):
        code, printed = shell("webhook", "add", INSIDE, "--type", wrong)

        assert code == 1
        assert f"{wrong!r} is no event: give one of presence.updated, incident.opened" in printed


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
