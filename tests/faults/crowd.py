"""Agents with real spools and boards of every kind, in this process, on lines that can fail."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hub.access import Actor, Role, Scope
from hub.live.views import sight_of
from hub.presence.changes import Timing
from hub.protocol.facts import IncidentKind, Presence
from storage.people.directory import directory
from tests.balancer import Balancer, balancer
from tests.faults.agents import SpooledAgent
from tests.faults.estate import Estate
from tests.hubs import Office
from tests.peers import ScriptedBoard

GROUPS = 5
CABLES = 8  # of agents; boards have half as many of their own
SAYS_EVERY_S = 4.0  # of each agent, on average


@dataclass
class Cable:
    """A balancer that can fail; `ill` while it does."""

    line: Balancer
    ill: bool = False
    ill_at: float = 0.0


@dataclass
class Person:
    """A device's agent, and since when nobody can have heard it (None while it runs)."""

    member: int
    device: int
    agent: SpooledAgent
    cable: Cable
    silent_since: float | None = None
    started: int = 1


@dataclass
class Wall:
    """A board, by whom it is watched, and through which cable."""

    actor: Actor
    board: ScriptedBoard
    cable: Cable


@dataclass
class Crowd:
    office: Office
    chance: Random
    timing: Timing
    people: list[Person] = field(default_factory=list)
    walls: list[Wall] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    wall_cables: list[Cable] = field(default_factory=list)

    async def chatter(self) -> None:
        """Until cancelled: somebody has something to report."""
        while True:
            await asyncio.sleep(SAYS_EVERY_S / len(self.people))
            person = self.chance.choice(self.people)
            if person.silent_since is None:
                self.says(person.agent)

    def says(self, agent: SpooledAgent) -> None:
        if self.chance.random() < 0.8:
            agent.tell(self.chance.choice([Presence.PRESENT, Presence.AWAY]))
        elif agent.spool.sightings():
            agent.ends()
        else:
            agent.opens(self.chance.choice(list(IncidentKind)))

    async def kill(self, person: Person) -> bool:
        """False for one who is killed already: whoever did it starts it again."""
        if person.silent_since is not None:
            return False
        person.silent_since = time.monotonic()
        await person.agent.kill()
        return True

    def start_again(self, person: Person) -> None:
        person.agent.start_again()
        person.silent_since = None
        person.started += 1

    async def sights(self) -> list[tuple[Wall, frozenset[int], frozenset[int]]]:
        """Whose seats each wall shows whole, and of whom it shows status and task alone."""
        async with self.office.engine.connect() as conn:
            known = await directory(conn, self.office.id)

        def held(by: Scope) -> frozenset[int]:
            return frozenset(id for id in known.members if by.holds(known.subject(id)))

        told = [(wall, sight_of(wall.actor)) for wall in self.walls]
        whole = [(wall, held(sight.whole), held(sight.status)) for wall, sight in told]
        return [(wall, seen, shared - seen) for wall, seen, shared in whole]


async def gathered(
    stack: AsyncExitStack,
    estate: Estate,
    chance: Random,
    timing: Timing,
    folder: Path,
    agents: int,
    watchers: int,
) -> Crowd:
    """Everybody with an account and a cable, connecting; gone when the stack is closed."""
    crowd = Crowd(await estate.office(), chance, timing)
    for count, cables in ((CABLES, crowd.cables), (CABLES // 2, crowd.wall_cables)):
        for _ in range(count):
            targets = [node.target for node in estate.nodes]
            cables.append(Cable(await stack.enter_async_context(balancer(targets))))
    places = [crowd.office.at.sales, crowd.office.at.tokyo, crowd.office.at.development]
    for number in range(agents):
        member = await crowd.office.member(f"m{number}", groups=[chance.choice(places)])
        device = await crowd.office.device(member)
        cable = crowd.cables[number % len(crowd.cables)]
        agent = SpooledAgent(
            f"http://{cable.line.address}",
            device.token,
            folder / f"pc{number}",
            timing.heartbeat_s / 2,
        )
        crowd.people.append(Person(member, device.id, agent, cable))
    for number in range(watchers):
        await watching(crowd, number, places)
    for person in crowd.people:
        person.agent.tell(Presence.PRESENT)
        person.agent.start()
        stack.push_async_callback(left, person)
    for wall in crowd.walls:
        wall.board.start()
        stack.push_async_callback(wall.board.leave)
    return crowd


async def left(person: Person) -> None:
    await person.agent.leave()
    person.agent.spool.close()


async def watching(crowd: Crowd, number: int, places: list[int]) -> None:
    """A quarter administrators, half supervisors of something, a quarter workers."""
    office, cable = crowd.office, crowd.wall_cables[number % len(crowd.wall_cables)]
    role = (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.SUPERVISOR, Role.WORKER)[number % 4]
    own = [crowd.chance.choice(places)] if role is Role.SUPERVISOR else []
    if role is Role.WORKER:
        member = crowd.chance.choice(crowd.people).member
    else:
        member = await office.member(f"w{number}", role, supervises=own)
    board = ScriptedBoard(f"http://{cable.line.address}", await office.signed_in(member))
    async with office.engine.connect() as conn:
        actor = (await directory(conn, office.id)).actor(member)
    assert actor
    crowd.walls.append(Wall(actor, board, cable))
