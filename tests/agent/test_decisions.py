"""From a clip to events through the real camera, eyes, gallery and observer, in the clip's time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from agent.cameras import camera
from agent.cameras.camera import CameraFault, Frame
from agent.cameras.clips import Scene, compose
from agent.decisions.observation import Debounce, Event, PresenceChanged
from agent.decisions.observer import begin, observe
from agent.enrolment.gallery import Gallery, recognise
from agent.vision.eyes import Eyes
from agent.vision.judgement import Level
from hub.protocol.facts import IncidentKind, Phase, Presence

Watch = Callable[..., list[tuple[float, str]]]

PEEPING, IMPERSONATION = IncidentKind.PEEPING, IncidentKind.IMPERSONATION


@pytest.fixture
def watch(eyes: Eyes, enrolled: Callable[[str], Gallery], tmp_path: Path) -> Watch:
    """Play scenes to the agent of one member; what it tells, and when."""

    def told(
        member: str, scenes: Sequence[Scene], timing: Debounce, per_s: float
    ) -> list[tuple[float, str]]:
        clip = compose(tmp_path / "clip.mp4", scenes)
        state, gallery = begin(0.0), enrolled(member)
        events: list[tuple[float, str]] = []
        for frame in played(clip, per_s):
            sight = recognise(eyes.look(frame.bgr), gallery, Level.MID)
            state, more = observe(state, sight, frame.time_s, timing)
            events += [(frame.time_s, name(event)) for event in more]
        return events

    return told


def played(clip: Path, per_s: float) -> Iterator[Frame]:
    with suppress(CameraFault):  # it is over
        yield from camera.frames(camera.source(str(clip)), per_s, paced=False)


def name(event: Event) -> str:
    if isinstance(event, PresenceChanged):
        return event.presence
    return f"{event.incident.kind} {event.phase}"


@pytest.mark.requirement("R29", "R30", "R31")
def test_a_day_in_short_is_told_as_it_happened(watch: Watch) -> None:
    day = [
        Scene(5, ("willow",)),
        Scene(4, ("willow", "pine")),
        Scene(2, ("willow",)),
        Scene(10),
        Scene(6, ("plum",)),
        Scene(5, ("willow",)),
        Scene(4),
    ]

    told = watch("willow", day, Debounce().scaled(0.1), per_s=5)

    assert [event for _, event in told] == [
        Presence.PRESENT,
        f"{PEEPING} {Phase.OPENED}",
        f"{PEEPING} {Phase.ENDED}",
        Presence.AWAY,
        f"{IMPERSONATION} {Phase.OPENED}",
        Presence.PRESENT,
        f"{IMPERSONATION} {Phase.ENDED}",
    ]
    assert [at for at, _ in told] == pytest.approx([0.2, 5.2, 14.8, 16.8, 21.6, 27.2, 33], abs=0.5)


@pytest.mark.requirement("R30")
def test_who_looks_on_for_four_seconds_is_one_incident_and_a_passer_by_none(watch: Watch) -> None:
    scenes = [
        Scene(4, ("ginkgo",)),
        Scene(0.8, ("ginkgo", "maple")),
        Scene(4, ("ginkgo",)),
        Scene(4, ("ginkgo", "maple")),
        Scene(4, ("ginkgo",)),
    ]

    told = watch("ginkgo", scenes, Debounce(), per_s=5)

    assert [event for _, event in told] == [Presence.PRESENT, f"{PEEPING} {Phase.OPENED}"]
    assert told[1][0] == pytest.approx(10.8, abs=0.3)


@pytest.mark.requirement("R31")
@pytest.mark.parametrize(("member", "other"), [("pine", "bamboo"), ("cedar", "maple")])
def test_somebody_else_at_the_desk_is_an_impersonation_at_one_frame_a_second(
    watch: Watch, member: str, other: str
) -> None:
    told = watch(member, [Scene(5, (member,)), Scene(7, (other,))], Debounce(), per_s=1)

    assert [event for _, event in told] == [Presence.PRESENT, f"{IMPERSONATION} {Phase.OPENED}"]
    assert told[1][0] == pytest.approx(8, abs=1)


def test_a_stranger_alone_never_makes_the_member_present(watch: Watch) -> None:
    told = watch("maple", [Scene(10, ("willow",))], Debounce().scaled(0.1), per_s=5)

    assert [event for _, event in told] == [f"{IMPERSONATION} {Phase.OPENED}", Presence.AWAY]
