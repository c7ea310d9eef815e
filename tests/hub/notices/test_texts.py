"""Every notice says what happened in the reader's language, and leads to where it is seen."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.notices.events import (
    DeviceGap,
    DeviceOffline,
    HubGap,
    IncidentEscalated,
    IncidentOpened,
    MaintenanceAnnounced,
    More,
    Said,
    WebhookDisabled,
)
from hub.notices.letters import IN_ONE_MAIL, at_once, digest
from hub.notices.texts import Reading, Words, words
from hub.notifying import NoticeType
from hub.protocol.facts import IncidentKind

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
URL = "https://hub.example.jp"

EVERY: tuple[Said, ...] = (
    *(IncidentOpened(AT, "a" * 32, kind, 7, late=True) for kind in IncidentKind),
    IncidentEscalated(AT, "a" * 32, IncidentKind.PEEPING, 7, 1, (8,)),
    IncidentEscalated(AT, "a" * 32, IncidentKind.PEEPING, 7, 1, (8,), LATER),
    DeviceOffline(AT, 7, "e/1/0"),
    DeviceGap(AT, 7, 3, "e/1", AT, LATER, 12),
    HubGap(AT, "e"),
    WebhookDisabled(AT, 1, "receiver.example", "gone"),
    WebhookDisabled(AT, 1, "receiver.example", "failing"),
    MaintenanceAnnounced(AT, 1, AT, LATER, "点検", "Inspection"),
    *(More(AT, type) for type in NoticeType),
)


def japanese(text: str) -> bool:
    return any("\u3040" <= letter <= "\u9fff" for letter in text)


@pytest.mark.parametrize("said", EVERY, ids=lambda one: type(one).__name__)
def test_each_is_said_in_japanese_and_in_english(said: Said) -> None:
    ja, en = (words(said, Reading(locale, "Mori", count=3)) for locale in ("ja", "en"))

    assert japanese(ja.title)
    assert not japanese(en.title + en.text)
    assert ja.text and en.text
    assert ja.path == en.path
    assert ja.path.startswith("/")
    assert "\n" not in ja.title + en.title
    assert words(said, Reading("fr", "Mori", count=3)) == ja


def test_it_tells_what_happened_to_whom_and_when_in_japan() -> None:
    opened = IncidentOpened(AT, "a" * 32, IncidentKind.PEEPING, 7)
    said = words(opened, Reading("ja", "森 薫"))

    assert said.title == "インシデント: のぞき見"
    assert said.text == "森 薫 · 2026-11-23 00:30 (JST)"
    assert said.path == "/incidents?incident=" + "a" * 32


def test_an_objection_that_nobody_answers_is_told_apart_from_its_incident() -> None:
    escalated = IncidentEscalated(AT, "a" * 32, IncidentKind.PEEPING, 7, 1, (8,))
    objection = replace(escalated, disputed_at=LATER)
    said = words(objection, Reading("ja", "森 薫"))

    assert (said.title, said.text) == (
        "未対応の申し立て: のぞき見", "森 薫 · 2026-11-23 02:30 (JST)",
    )  # fmt: skip
    assert escalated.key != objection.key != replace(objection, disputed_at=AT).key


def test_of_oneself_it_says_you_and_leads_to_one_s_own_pages() -> None:
    opened = IncidentOpened(AT, "a" * 32, IncidentKind.PEEPING, 7)
    gap = DeviceGap(AT, 7, 3, "e/1", AT, LATER, 12)

    assert words(opened, Reading("ja", "森", own=True)).text.startswith("あなた")
    assert words(opened, Reading("en", "Mori", own=True)).path == "/today"
    assert words(gap, Reading("en", "Mori", own=True)).path == "/own/evidence"
    assert words(gap, Reading("en", "Mori")).path == "/evidence"


def test_many_are_counted() -> None:
    more = More(AT, NoticeType.DEVICE_OFFLINE)

    assert words(more, Reading("ja", count=9995)).title == "9995人の端末と連絡がとれません"


@pytest.mark.parametrize(("locale", "first"), [("ja", "森 様"), ("en", "Dear 森,")])
def test_a_mail_has_its_links_on_lines_of_their_own_and_says_how_to_change_that(
    locale: str, first: str
) -> None:
    said = Words("のぞき見", "森 · 00:30", "/incidents?incident=1")
    letter = at_once(locale, "森", "株式会社A", said, URL)
    lines = letter.text.splitlines()

    assert lines[0] == first
    assert f"{URL}/incidents?incident=1" in lines
    assert lines[-1] == f"{URL}/own"
    assert "のぞき見" in letter.subject


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_the_mail_of_a_bad_day_names_some_and_counts_the_rest(locale: str) -> None:
    said = [Words(f"n{number}.", "t", "/") for number in range(IN_ONE_MAIL + 3)]
    letter = digest(locale, "森", "株式会社A", said, URL)

    assert f"n{IN_ONE_MAIL - 1}." in letter.text
    assert f"n{IN_ONE_MAIL}." not in letter.text
    assert ("ほか3件" if locale == "ja" else "3 more") in letter.text
    assert f"{URL}/own/notices" in letter.text.splitlines()
    assert str(IN_ONE_MAIL + 3) in letter.subject
