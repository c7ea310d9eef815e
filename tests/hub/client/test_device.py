"""An agent of one's own against a hub that follows a script: what it says, and how it ends."""

import asyncio

import pytest
from msgspec.structs import replace

from hub.client import BadAddress, Capture, Presence, Reason, Stopped, device
from hub.protocol.agents import Bye, Heartbeat, Hello, StateReport
from hub.protocol.closing import FENCED
from hub.protocol.facts import Policy, Quiet
from tests.clock import until
from tests.links import link
from tests.scripted_hub import Line, Said, ScriptedHub, scripted_hub, welcome


def told(hub: ScriptedHub) -> list[Presence]:
    return [one.facts.presence for one in hub.reports if isinstance(one, StateReport)]


async def test_it_says_who_it_is_and_only_what_is_new() -> None:
    async with scripted_hub() as hub:
        async with device(hub.url, "secret", "door-reader 1.0") as door:
            for presence in (Presence.PRESENT, Presence.PRESENT, Presence.AWAY, Presence.AWAY):
                door.tell(presence)
            door.tell(Presence.AWAY, capture=Capture.PAUSED)
            door.tell(Presence.UNKNOWN, reason=Reason.NO_FRAMES)
            await door.recorded()

            assert door.connected
            assert door.trouble == ""
        assert hub.hellos[0].agent == "door-reader 1.0"
        assert hub.tokens == ["Bearer secret"]
        presences = [Presence.PRESENT, Presence.AWAY, Presence.AWAY, Presence.UNKNOWN]
        assert told(hub) == presences
        assert [report.seq for report in hub.reports] == [1, 2, 3, 4]
        await until(lambda: isinstance(hub.heard[-1], Bye))


async def test_what_it_was_told_without_a_line_is_told_later() -> None:
    async with scripted_hub() as hub, link(f"127.0.0.1:{hub.port}") as line:
        line.refuse()
        async with device(f"http://{line.address}", "secret", "door") as door:
            door.tell(Presence.PRESENT)
            door.tell(Presence.AWAY)
            await until(lambda: door.trouble)
            assert "no connection to the hub" in door.trouble
            assert not door.connected
            await line.resume()
            await door.recorded()

        assert told(hub) == [Presence.PRESENT, Presence.AWAY]
        assert hub.hellos[0].next_seq == 3


async def test_it_may_observe_once_the_hub_has_said_so_and_nothing_keeps_it_quiet() -> None:
    async def quiet(hub: ScriptedHub, line: Line, message: Said) -> None:
        if isinstance(message, Hello):
            await hub.say(replace(welcome(), policy=Policy(quiet=Quiet.NO_CONSENT)))

    async with scripted_hub() as hub:
        async with device(hub.url, "secret", "door") as door:
            assert door.policy is None
            assert not door.may_observe
            await until(lambda: door.may_observe)
        hub.script = quiet
        async with device(hub.url, "secret", "door") as door:
            await until(lambda: door.connected)

            assert door.policy == Policy(quiet=Quiet.NO_CONSENT)
            assert not door.may_observe


async def test_a_hub_that_says_stop_ends_the_block_wherever_it_is() -> None:
    async def fenced(hub: ScriptedHub, line: Line, message: Said) -> None:
        await line.close(FENCED, "a newer session of this device has taken over")

    async with scripted_hub() as hub:
        hub.script = fenced
        with pytest.raises(Stopped, match="a newer session") as end:
            async with device(hub.url, "secret", "door"):
                await asyncio.Event().wait()

    assert end.value.code == FENCED


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    async with scripted_hub() as hub:
        with pytest.raises(LookupError, match="the sensor"):
            async with device(hub.url, "secret", "door"):
                raise LookupError("the sensor is gone")


async def test_it_can_be_cancelled_from_outside_and_says_goodbye() -> None:
    async with scripted_hub() as hub:

        async def forever() -> None:
            async with device(hub.url, "secret", "door"):
                await asyncio.Event().wait()

        task = asyncio.create_task(forever())
        await until(lambda: hub.hellos)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(
            lambda: [one for one in hub.heard if not isinstance(one, Heartbeat)][-1] == Bye()
        )


async def test_an_address_that_is_none_is_said_at_once() -> None:
    with pytest.raises(BadAddress, match="write it as https://"):
        async with device("hub.example", "secret", "door"):
            raise AssertionError("nothing to connect to")
