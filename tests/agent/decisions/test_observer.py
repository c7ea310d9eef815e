"""What frames mean over time: nobody is present without a match, or accused by one bad frame."""

import pytest

from agent.decisions.observation import (
    IncidentChanged,
    PresenceChanged,
)
from agent.decisions.observer import Tempo, begin, blind, reopen, shut, tempo
from hub.protocol.facts import Hint, Phase, Presence, Reason, Why
from tests.agent.decisions.shown import (
    COVERED,
    DEVICE,
    IMPERSONATION,
    PEEPING,
    TIMING,
    Told,
    incidents,
    play,
    presences,
    seconds,
)


def test_nothing_is_known_at_the_start() -> None:
    state = begin(7.0)

    assert (state.presence, state.since, state.reason) == (Presence.UNKNOWN, 7.0, Reason.STARTING)


@pytest.mark.requirement("R29")
def test_two_matches_within_five_seconds_make_present() -> None:
    _, told = play(seconds(("nobody", 3), ("member", 4)))

    assert presences(told) == [(Presence.PRESENT, 4.0, 3.0)]


def test_one_match_alone_does_not() -> None:
    _, told = play([(0.0, "member"), *[(1.0 + at, "nobody") for at in range(5)], (6.0, "member")])

    assert presences(told) == []


@pytest.mark.requirement("R29")
def test_a_minute_without_a_match_makes_away_since_the_last_one() -> None:
    _, told = play(seconds(("member", 5), ("nobody", 70)))

    assert presences(told) == [(Presence.PRESENT, 1.0, 0.0), (Presence.AWAY, 64.0, 4.0)]


@pytest.mark.parametrize("others", ["stranger", "doubtful", "blurred"])
def test_who_is_not_the_member_does_not_keep_the_member_present(others: str) -> None:
    _, told = play(seconds(("member", 5), (others, 70)))

    assert [presence for presence, _, _ in presences(told)] == [Presence.PRESENT, Presence.AWAY]


def test_nobody_seen_since_the_start_is_away_after_a_minute() -> None:
    _, told = play(seconds(("nobody", 70)))

    assert presences(told) == [(Presence.AWAY, 60.0, 0.0)]


def test_a_decision_says_why() -> None:
    _, told = play(seconds(("member", 2), ("doubtful", 61)))

    assert [one.event.why for one in told if isinstance(one.event, PresenceChanged)] == [
        Why(votes=2, of=2, score=0.8, threshold=0.57, quality=0.9),
        Why(votes=0, of=60, score=0.45, threshold=0.57),
    ]


@pytest.mark.requirement("R31")
def test_another_face_for_three_seconds_is_an_impersonation() -> None:
    _, told = play(seconds(("member", 5), ("nobody", 2), ("stranger", 8)))

    [(phase, at, incident)] = incidents(told, IMPERSONATION)
    assert (phase, at, incident.opened_at) == (Phase.OPENED, 10.0, 7.0)
    assert incident.why == Why(votes=4, of=5, score=0.1, threshold=0.38, quality=0.9)


@pytest.mark.parametrize("glance", ["doubtful", "blurred", "nobody"])
def test_what_is_not_clearly_another_face_accuses_nobody(glance: str) -> None:
    _, told = play(seconds(("member", 5), (glance, 200)))

    assert incidents(told, IMPERSONATION) == []


def test_two_bad_frames_of_five_accuse_nobody() -> None:
    _, told = play(seconds(*[("member", 3), ("stranger", 2)] * 20))

    assert incidents(told, IMPERSONATION) == []


@pytest.mark.requirement("R30")
def test_a_second_face_for_two_seconds_is_one_peeping() -> None:
    _, told = play(seconds(("member", 5), ("watched", 10), ("member", 70)))

    opened, ended = incidents(told, PEEPING)
    assert opened[:2] == (Phase.OPENED, 7.0)
    assert opened[2].opened_at == 5.0
    assert opened[2].why == Why(votes=3, of=3, score=1.0, threshold=0.72, quality=0.9)
    assert ended[:2] == (Phase.ENDED, 74.0)
    assert (ended[2].seen_at, ended[2].count) == (14.0, 1)


def test_a_face_far_behind_does_not_peep() -> None:
    _, told = play(seconds(("member", 5), ("passed", 30)))

    assert incidents(told, PEEPING) == []


def test_who_comes_back_within_a_minute_is_the_same_incident_seen_again() -> None:
    _, told = play(seconds(("watched", 4), ("member", 40), ("watched", 4), ("member", 61)))

    phases = [(phase, incident.count) for phase, _, incident in incidents(told, PEEPING)]
    assert phases == [(Phase.OPENED, 1), (Phase.SEEN, 2), (Phase.ENDED, 2)]


def test_who_comes_back_later_is_another_incident() -> None:
    _, told = play(seconds(("watched", 4), ("member", 70), ("watched", 4)))

    phases = [phase for phase, _, _ in incidents(told, PEEPING)]
    assert phases == [Phase.OPENED, Phase.ENDED, Phase.OPENED]


@pytest.mark.parametrize("reason", [Reason.CAMERA_BUSY, Reason.CAMERA_FORBIDDEN, Reason.NO_FRAMES])
def test_without_frames_nothing_is_known_since_the_last_one(reason: Reason) -> None:
    state, _ = play(seconds(("member", 5)))

    state, first = blind(state, reason, 6.0, TIMING)
    _, second = blind(state, reason, 7.0, TIMING)

    assert first == [PresenceChanged(Presence.UNKNOWN, 4.0, reason, None)]
    assert second == []


def test_a_camera_that_comes_back_starts_from_nothing() -> None:
    _, told = play(seconds(("member", 5), ("blind", 3), ("nobody", 1), ("member", 2)))

    assert [(p, at) for p, at, _ in presences(told)] == [
        (Presence.PRESENT, 1.0),
        (Presence.UNKNOWN, 5.0),
        (Presence.UNKNOWN, 8.0),  # frames again, and nothing decided yet
        (Presence.PRESENT, 10.0),
    ]


def test_hours_without_frames_are_unknown_and_not_an_absence() -> None:
    _, told = play([(0.0, "member"), (1.0, "member"), (30_000.0, "nobody"), (30_001.0, "nobody")])

    changes = [one.event for one in told if isinstance(one.event, PresenceChanged)]
    assert [(change.presence, change.reason, change.since) for change in changes] == [
        (Presence.PRESENT, None, 0.0),
        (Presence.UNKNOWN, Reason.NO_FRAMES, 1.0),
        (Presence.UNKNOWN, Reason.STARTING, 30_000.0),
    ]


def test_an_incident_ends_though_the_camera_is_gone() -> None:
    _, told = play(seconds(("watched", 5), ("blind", 70)))

    assert [(phase, at) for phase, at, _ in incidents(told, PEEPING)] == [
        (Phase.OPENED, 2.0),
        (Phase.ENDED, 64.0),
    ]


@pytest.mark.parametrize("factor", [0.1, 0.5, 3.0])
def test_the_same_story_in_another_tempo_is_the_same_story(factor: float) -> None:
    story = seconds(("member", 5), ("watched", 4), ("nobody", 80), ("stranger", 6), ("member", 3))

    _, told = play(story)
    _, scaled = play([(at * factor, name) for at, name in story], TIMING.scaled(factor))

    assert [told_event(one) for one in scaled] == [told_event(one) for one in told]
    assert [one.at for one in scaled] == pytest.approx([one.at * factor for one in told])


def told_event(one: Told) -> tuple[object, ...]:
    event = one.event
    if isinstance(event, PresenceChanged):
        return event.presence, event.reason, event.why
    return event.phase, event.incident.kind, event.incident.count, event.incident.why


@pytest.mark.requirement("R31")
@pytest.mark.parametrize("per_s", [1, 2, 3, 5])
def test_looking_faster_decides_on_as_many_seconds(per_s: int) -> None:
    names = [*["member"] * 5 * per_s, *["stranger"] * 9 * per_s]

    _, told = play([(number / per_s, name) for number, name in enumerate(names)])

    [(phase, at, incident)] = incidents(told, IMPERSONATION)
    assert phase is Phase.OPENED
    assert incident.opened_at == pytest.approx(5, abs=1)
    assert 7.9 <= at <= 9.5


def test_a_second_face_that_is_missed_once_at_three_a_second_is_still_one_look() -> None:
    names = [*["member"] * 3, "watched", "watched", "watched", "member", *["watched"] * 5]

    _, told = play([(number / 3, name) for number, name in enumerate(names)])

    [(phase, at, incident)] = incidents(told, PEEPING)
    assert (phase, at, incident.opened_at) == (Phase.OPENED, 3.0, 1.0)
    assert incident.why and (incident.why.votes, incident.why.of) == (6, 7)


@pytest.mark.requirement("R32")
def test_two_finds_in_three_searches_are_a_phone() -> None:
    _, told = play([(0, "member"), (1, "member"), (2, "phone"), (2.3, "no phone"), (2.7, "phone")])

    [(phase, at, incident)] = incidents(told, DEVICE)
    assert (phase, at, incident.opened_at) == (Phase.OPENED, 2.7, 2)
    assert incident.why == Why(votes=2, of=3, score=0.6, threshold=0.36)


@pytest.mark.requirement("R32")
def test_one_find_in_three_searches_is_a_mug(times: int = 40) -> None:
    _, told = play(seconds(*[("phone", 1), ("no phone", 2)] * times))

    assert incidents(told, DEVICE) == []


def test_frames_without_a_search_say_nothing_about_phones() -> None:
    _, told = play([(0, "phone"), (1, "member"), (2, "phone"), (30, "member")])

    assert [phase for phase, _, _ in incidents(told, DEVICE)] == [Phase.OPENED]


@pytest.mark.requirement("R33")
@pytest.mark.parametrize(("cover", "hint"), [("dark", Hint.DARK), ("frozen", Hint.FROZEN)])
def test_five_seconds_of_a_covered_camera_are_an_incident_and_presence_unknown(
    cover: str, hint: Hint
) -> None:
    _, told = play(seconds(("member", 5), (cover, 8)))

    since = 5.0 if cover == "dark" else 4.0  # the frame that is repeated came before
    [(phase, at, incident)] = incidents(told, COVERED)
    assert (phase, at, incident.opened_at) == (Phase.OPENED, since + 5, since)
    assert incident.why and incident.why.hint is hint
    assert presences(told)[-1] == (Presence.UNKNOWN, since + 5, since)
    change = told[-1].event
    assert isinstance(change, PresenceChanged) and change.reason is Reason.CAMERA_COVERED


@pytest.mark.requirement("R33")
@pytest.mark.parametrize("cover", ["dark", "frozen"])
def test_an_hour_under_a_cover_is_never_away(cover: str) -> None:
    _, told = play(seconds(("member", 5), (cover, 3600)))

    assert [presence for presence, _, _ in presences(told)] == [Presence.PRESENT, Presence.UNKNOWN]


def test_a_hand_before_the_lens_for_four_seconds_is_nothing() -> None:
    _, told = play(seconds(("member", 5), ("dark", 4), ("member", 5), ("dark", 4), ("member", 5)))

    assert [presence for presence, _, _ in presences(told)] == [Presence.PRESENT]
    assert incidents(told, COVERED) == []


def test_when_the_cover_is_gone_presence_is_decided_anew() -> None:
    _, told = play(seconds(("member", 5), ("dark", 10), ("member", 3), ("nobody", 70)))

    assert [(presence, at) for presence, at, _ in presences(told)] == [
        (Presence.PRESENT, 1.0),
        (Presence.UNKNOWN, 10.0),
        (Presence.UNKNOWN, 15.0),  # a picture again, and nothing decided yet
        (Presence.PRESENT, 16.0),
        (Presence.AWAY, 77.0),
    ]
    assert [phase for phase, _, _ in incidents(told, COVERED)] == [Phase.OPENED, Phase.ENDED]


@pytest.mark.parametrize("reason", [None, Reason.NOT_CAPTURING])
def test_a_camera_that_is_closed_on_purpose_makes_presence_unknown_from_that_moment(
    reason: Reason | None,
) -> None:
    state, _ = play(seconds(("watched", 5)))

    state, first = shut(state, reason, 4.5, TIMING)
    state, later = shut(state, reason, 70.0, TIMING)
    _, opened = reopen(state, 80.0)

    assert first == [PresenceChanged(Presence.UNKNOWN, 4.5, reason, None)]
    assert [type(event) for event in later] == [IncidentChanged]
    assert opened == [PresenceChanged(Presence.UNKNOWN, 80.0, Reason.STARTING, None)]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (seconds(("member", 5)), Tempo.CALM),
        (seconds(("nobody", 70)), Tempo.CALM),
        (seconds(("watched", 9)), Tempo.CALM),  # it is decided
        (seconds(("nobody", 5)), Tempo.AWAKE),
        (seconds(("member", 5), ("nobody", 5)), Tempo.AWAKE),
        (seconds(("member", 5), ("dark", 2)), Tempo.AWAKE),
        (seconds(("member", 1)), Tempo.URGENT),
        (seconds(("member", 5), ("stranger", 1)), Tempo.URGENT),
        (seconds(("member", 5), ("watched", 1)), Tempo.URGENT),
        (seconds(("member", 5), ("phone", 1)), Tempo.URGENT),
    ],
)
def test_who_is_in_doubt_looks_closer(shown: list[tuple[float, str]], expected: Tempo) -> None:
    state, _ = play(shown)

    assert tempo(state, TIMING) is expected
