"""The guide names the one thing that is wrong, and takes a frame only when nothing is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras import clips
from agent.enrolment import guide
from agent.enrolment.guide import SAY, WANTED, Course, Facts, Pose, meters, skip, take, wrong
from agent.vision.eyes import Eyes

GOOD = Facts(
    1, height=0.4, height_px=190, sharpness=0.9, contrast=0.9, luminance=120.0, turn=0.05
)  # fmt: skip


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    ("seen", "pose", "say"),
    [
        (GOOD, Pose.FRONT, ""),
        (Facts(0), Pose.FRONT, "nobody"),
        (replace(GOOD, faces=2), Pose.FRONT, "several"),
        (replace(GOOD, x=0.1), Pose.FRONT, "farther_left"),
        (replace(GOOD, x=0.9), Pose.FRONT, "farther_right"),
        (replace(GOOD, y=0.1), Pose.FRONT, "lower"),
        (replace(GOOD, y=0.9), Pose.FRONT, "higher"),
        (replace(GOOD, height_px=60), Pose.FRONT, "nearer"),
        (replace(GOOD, height=0.9), Pose.FRONT, "back"),
        (replace(GOOD, sharpness=0.3), Pose.FRONT, "still"),
        (replace(GOOD, contrast=0.3), Pose.FRONT, "brighter"),
        (replace(GOOD, luminance=20.0), Pose.FRONT, "brighter"),
        (replace(GOOD, luminance=240.0), Pose.FRONT, "darker"),
        (replace(GOOD, turn=0.5), Pose.FRONT, "ahead"),
        (GOOD, Pose.LEFT, "turn_left"),
        (GOOD, Pose.RIGHT, "turn_right"),
        (replace(GOOD, turn=0.5), Pose.LEFT, ""),
        (replace(GOOD, turn=-0.5), Pose.RIGHT, ""),
        (replace(GOOD, turn=0.5), Pose.RIGHT, "turn_right"),
        (replace(GOOD, turn=0.9), Pose.LEFT, "less"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(seen: Facts, pose: Pose, say: str) -> None:
    read = meters(seen, pose)

    assert wrong(read) == say
    assert not say or all(SAY[say])


SEEN = st.builds(
    Facts,
    faces=st.integers(0, 5),
    x=st.floats(-0.5, 1.5),
    y=st.floats(-0.5, 1.5),
    height=st.floats(0, 2),
    height_px=st.floats(0, 2000),
    sharpness=st.floats(0, 1),
    contrast=st.floats(0, 1),
    luminance=st.floats(0, 255),
    turn=st.floats(-3, 3),
)


@given(SEEN, st.sampled_from(Pose))
def test_every_meter_is_a_share_and_every_word_is_known(seen: Facts, pose: Pose) -> None:
    for meter in meters(seen, pose):
        assert 0 <= meter.value <= 1
        assert meter.say == "" or meter.say in SAY


@pytest.mark.requirement("R28")
@given(st.lists(st.sampled_from([take, skip]), max_size=20))
def test_a_course_ends_with_three_poses_or_at_least_three_frames_from_the_front(
    steps: list[object],
) -> None:
    course = Course()
    for step in steps:
        course = take(course) if step is take else skip(course)

    assert all(course.count(pose) <= wanted for pose, wanted in WANTED.items())
    if course.done:
        assert course.count(Pose.FRONT) == WANTED[Pose.FRONT]
        assert course.images >= 3


def test_a_person_before_the_camera_is_measured(eyes: Eyes) -> None:
    seen = guide.facts(eyes.look(clips.render(("pine",), 0, 0)))
    empty = guide.facts(eyes.look(clips.render((), 0, 0)))

    assert wrong(meters(seen, Pose.FRONT)) == ""
    assert wrong(meters(empty, Pose.FRONT)) == "nobody"
