"""When a member is told of incidents, and when they are left in peace."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notifying import (
    JAPAN,
    Channel,
    Channels,
    Kinds,
    Mailed,
    NoticeType,
    NoticeTypes,
    NoticeWays,
    Notifications,
    digest_after,
    quiet,
    wanted,
    ways,
    whole,
)
from hub.protocol.facts import IncidentKind

MIDNIGHT_IN_JAPAN = datetime(2026, 11, 19, 15, tzinfo=UTC)
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
kinds, channels = st.sampled_from(IncidentKind), st.sampled_from(Channel)
types, mailed = st.sampled_from(NoticeType), st.sampled_from(Mailed)
moments = st.datetimes(timezones=st.just(UTC), max_value=datetime(9990, 1, 1))


def at(hour: int, minute: int = 0) -> datetime:
    """That time of a day in Japan."""
    return MIDNIGHT_IN_JAPAN + timedelta(hours=hour, minutes=minute)


def test_by_default_everything_is_told_and_a_covered_camera_makes_no_sound() -> None:
    silent = {
        (kind, channel)
        for kind in IncidentKind
        for channel in Channel
        if not wanted(Notifications(), kind, channel)
    }

    assert silent == {(IncidentKind.CAMERA_COVERED, Channel.SOUND)}


@pytest.mark.parametrize(
    ("begin", "end", "nights", "days"),
    [
        ("22:00", "07:00", [at(22), at(23, 59), at(0), at(6, 59)], [at(7), at(12), at(21, 59)]),
        ("12:00", "13:00", [at(12), at(12, 59)], [at(11, 59), at(13), at(0)]),
    ],
)
def test_quiet_hours_are_those_of_japan_and_may_go_over_midnight(
    begin: str, end: str, nights: list[datetime], days: list[datetime]
) -> None:
    chosen = Notifications(quiet_from=begin, quiet_to=end)

    assert all(quiet(chosen, moment) for moment in nights)
    assert not any(quiet(chosen, moment) for moment in days)


@given(
    clocks,
    clocks,
    kinds,
    types,
    st.builds(NoticeWays, st.booleans(), mailed, st.booleans()),
    moments,
)
def test_quiet_hours_push_nothing_and_put_off_mail_and_change_nothing_else(
    begin: str, end: str, kind: IncidentKind, type: NoticeType, asked: NoticeWays, moment: datetime
) -> None:
    of = NoticeTypes(**{type: asked})
    chosen = Notifications(types=of, quiet_from=begin, quiet_to=end)

    told = ways(chosen, type, moment, kind)
    if quiet(chosen, moment):
        later = Mailed.DIGEST if asked.mail is Mailed.NOW else asked.mail
        assert told == NoticeWays(asked.app, later, False)
    else:
        assert told == asked


@given(types, kinds, st.builds(NoticeWays, st.booleans(), mailed, st.booleans()), moments)
def test_of_an_incident_that_one_does_not_want_by_mail_there_is_none(
    type: NoticeType, kind: IncidentKind, asked: NoticeWays, moment: datetime
) -> None:
    none = Channels(mail=False, desktop=False, sound=False)
    chosen = Notifications(kinds=Kinds(**{kind: none}), types=NoticeTypes(**{type: asked}))

    assert ways(chosen, type, moment, kind) == NoticeWays(asked.app, Mailed.OFF, False)
    assert ways(chosen, type, moment) == asked


@given(st.integers(0, 23), moments)
def test_the_mail_of_the_day_goes_out_at_the_hour_that_was_chosen_and_soon(
    hour: int, moment: datetime
) -> None:
    due = digest_after(Notifications(digest_hour=hour), moment)

    local = due.astimezone(JAPAN)
    assert (local.hour, local.minute, local.second) == (hour, 0, 0)
    assert timedelta(0) < due - moment <= timedelta(days=1)


@given(clocks, clocks, st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 1, 1)))
def test_hours_that_change_places_are_the_rest_of_the_day(
    begin: str, end: str, moment: datetime
) -> None:
    one, other = (Notifications(quiet_from=a, quiet_to=b) for a, b in ((begin, end), (end, begin)))

    if whole(one):
        assert quiet(one, moment) != quiet(other, moment)


@given(kinds, channels)
def test_one_choice_is_one_choice(kind: IncidentKind, channel: Channel) -> None:
    none = Channels(mail=False, desktop=False, sound=False)
    only = Channels(**{one: one is channel for one in Channel})
    chosen = Notifications(
        kinds=Kinds(**{one: only if one is kind else none for one in IncidentKind})
    )

    told = {(one, way) for one in IncidentKind for way in Channel if wanted(chosen, one, way)}
    assert told == {(kind, channel)}


def test_half_a_night_is_none() -> None:
    assert whole(Notifications())
    assert whole(Notifications(quiet_from="22:00", quiet_to="07:00"))
    assert not whole(Notifications(quiet_from="22:00"))
    assert not whole(Notifications(quiet_to="07:00"))
    assert not whole(Notifications(quiet_from="07:00", quiet_to="07:00"))
