"""Why the camera is closed on purpose: what only the hub can know counts like a pause."""

import pytest

from agent import policy as policies
from agent.pause import Pause
from agent.shutter import Shut, why_shut
from hub.protocol.facts import Capture, EvidenceLevel, Policy, Quiet, Reason

pytestmark = pytest.mark.requirement("R57")


@pytest.mark.parametrize("quiet", Quiet)
@pytest.mark.parametrize("level", EvidenceLevel)
def test_no_level_opens_a_camera_that_charter_consent_or_work_closes(
    quiet: Quiet, level: EvidenceLevel
) -> None:
    shut = why_shut(None, None, Policy(level, quiet=quiet))

    assert shut == Shut(Capture.ON, Reason.NOT_CAPTURING)  # which of them is nobody's business


def test_an_agent_that_no_hub_has_spoken_to_looks_at_nobody() -> None:
    assert why_shut(None, None, policies.UNKNOWN) is not None


def test_a_pause_is_told_as_one_whatever_else_is_so() -> None:
    shut = why_shut(Pause("休憩"), None, Policy(quiet=Quiet.OFF_WORK))

    assert shut == Shut(Capture.PAUSED)


def test_at_work_with_consent_the_camera_is_open() -> None:
    assert why_shut(None, None, Policy()) is None
