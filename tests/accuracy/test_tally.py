"""Counting cases."""

from tests.accuracy.tally import (
    Count,
    Decided,
    at_least,
    beside,
    by_height,
    by_state,
    phone_alarms,
    wrong,
)


def decided(expected: str, presence: str, *incidents: str, px: int | None = None) -> Decided:
    return Decided(f"{expected}.jpg", expected, px, presence, frozenset(incidents))


def test_present_is_right_only_without_an_alarm() -> None:
    assert decided("present", "present").right
    assert not decided("present", "present", "peeping").right
    assert not decided("present", "unknown").right


def test_a_second_face_is_no_mistake_where_a_bystander_may_be_in_the_picture() -> None:
    incidents = frozenset({"peeping"})

    assert Decided("a.jpg", "present", None, "present", incidents, bystander=True).right
    assert not Decided("a.jpg", "present", None, "away", incidents, bystander=True).right


def test_an_incident_is_right_when_it_was_raised_whatever_the_presence() -> None:
    assert decided("phone", "unknown", "photographing_device").right
    assert not decided("occluded", "unknown").right


def test_states_are_counted_apart() -> None:
    tally = by_state(
        [decided("away", "away"), decided("away", "present"), decided("phone", "away")]
    )

    assert {name: str(count) for name, count in tally.counts.items()} == {
        "away": "1 of 2",
        "phone": "0 of 1",
    }


def test_recall_is_told_by_height_and_from_a_height_on() -> None:
    cases = [
        decided("peeping", "present", "peeping", px=60),
        decided("peeping", "present", px=24),
        decided("peeping", "present", "peeping"),
    ]

    tally = by_height(cases, "peeping")

    assert list(tally.counts) == [24, 60]
    assert at_least(tally, 32) == Count(1, 1)


def test_alarms_about_phones_are_counted_where_there_is_none() -> None:
    cases = [
        decided("present", "present", "photographing_device"),
        decided("away", "away"),
        decided("phone", "present", "photographing_device"),
    ]

    assert phone_alarms(cases) == Count(1, 2)


def test_a_wrong_case_names_its_file_and_a_right_one_its_other_alarms() -> None:
    cases = [decided("away", "present"), decided("peeping", "present", "peeping", "impersonation")]

    assert wrong(cases) == ["away.jpg: expected away, decided present"]
    assert beside(cases) == ["peeping.jpg: peeping, and also impersonation"]
