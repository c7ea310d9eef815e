"""When the camera of a running agent is closed: pauses, the policy, and what the PC withholds."""

import time

from msgspec.structs import replace

from agent.cameras.camera import CameraFault
from agent.troubles import Trouble
from hub.protocol.agents import (
    Heartbeat,
    Hello,
    PolicyChanged,
)
from hub.protocol.codec import encode
from hub.protocol.facts import Capture, EvidenceLevel, Policy, Presence, Reason
from hub.protocol.on_air import OnAir, PauseAsked, ResumeAsked
from tests.agent.running import PAUSED, PRESENT, FakeCamera, Make, running, told
from tests.clock import until
from tests.scripted_hub import Line, Said, ScriptedHub, polite, scripted_hub, welcome


async def test_a_pause_closes_the_camera_and_its_end_opens_it_again(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            agent.pause("電話")
            await until(lambda: told(hub) == PAUSED)
            await until(lambda: not webcam.open)
            assert agent.latest is None

            agent.resume()
            await until(lambda: told(hub) == PRESENT)
            assert webcam.opened == 2


async def test_a_pause_ends_by_itself_at_its_time(make: Make, webcam: FakeCamera) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        agent.pause("", time.time() + 3600)
        async with running(agent):
            await until(lambda: told(hub) == PAUSED)
            assert webcam.opened == 0
            agent.pause("", time.time() + 0.5)
            await until(lambda: told(hub) == PRESENT)
            assert agent.paused is None


async def test_a_pause_holds_after_the_agent_was_started_again(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            agent.pause("電話")
            await until(lambda: told(hub) == PAUSED)
        opened = webcam.opened
        async with running(make(hub, "0")):
            await until(lambda: len(hub.hellos) == 2)
            await until(lambda: told(hub) == PAUSED)

        assert webcam.opened == opened


def on_air(hub: ScriptedHub) -> OnAir | None:
    """What the agent said last of what it has on."""
    said = [one.on_air for one in hub.heard if isinstance(one, Heartbeat) and one.on_air]
    return said[-1] if said else None


async def test_what_is_on_is_told_to_the_hub_for_the_workers_page(
    make: Make, webcam: FakeCamera
) -> None:
    def shows(camera: str) -> bool:
        on = on_air(hub)
        return on is not None and on.camera == camera

    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: shows("on"))
            agent.pause("電話\0", time.time() + 900)
            await until(lambda: shows("closed"))
            on = on_air(hub)
            assert on and on.pause and on.pause.reason == "電話"
            assert on.pause.until and 800 < on.pause.until - time.time() < 901
            assert (on.screen, on.next_capture_at) == (False, None)

            agent.resume()
            await until(lambda: shows("on"))
            webcam.fault = CameraFault(Reason.CAMERA_BUSY, Trouble("使用中", "it is busy"))
            await until(lambda: shows("fault"))
            on = on_air(hub)
            assert on and on.reason is Reason.CAMERA_BUSY


async def test_a_pause_that_the_worker_asks_for_on_the_hub_is_like_one_on_this_pc(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            await hub.say(PauseAsked("宅配", 900.0))
            await until(lambda: told(hub) == PAUSED)
            await until(lambda: not webcam.open)
            assert agent.paused and agent.paused.reason == "宅配"
            assert agent.paused.until and 800 < agent.paused.until - time.time() < 901

            await hub.say(ResumeAsked())
            await until(lambda: told(hub) == PRESENT)


async def test_at_evidence_level_off_the_camera_is_not_opened(
    make: Make, webcam: FakeCamera
) -> None:
    async def off(hub: ScriptedHub, line: Line, said: Said) -> None:
        if isinstance(said, Hello):
            hub.epochs[line] = said.device_epoch
            told_off = replace(welcome(), policy=Policy(EvidenceLevel.OFF))
            await line.send(encode(told_off), text=True)
        else:
            await polite(hub, line, said)

    async with scripted_hub() as hub:
        hub.script = off
        agent = make(hub, "0")
        agent.adopt(Policy(EvidenceLevel.OFF))
        async with running(agent):
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.NOT_CAPTURING))
            assert webcam.opened == 0

            await hub.say(PolicyChanged(Policy(EvidenceLevel.STATE_ONLY)))
            await until(lambda: told(hub) == PRESENT)


async def test_what_this_pc_withholds_is_told_with_its_reason(
    make: Make, webcam: FakeCamera
) -> None:
    async with scripted_hub() as hub:
        agent = make(hub, "0")
        async with running(agent):
            await until(lambda: told(hub) == PRESENT)
            agent.withhold(Reason.NOT_ENROLLED)
            await until(lambda: told(hub) == (Presence.UNKNOWN, Capture.ON, Reason.NOT_ENROLLED))
            await until(lambda: not webcam.open)
