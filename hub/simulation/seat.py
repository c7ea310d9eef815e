"""One simulated device: the memory of an agent, and what happens to it by chance."""

from random import Random

from msgspec.structs import replace

from hub.protocol import memory
from hub.protocol.facts import Phase
from hub.simulation import play

ENDS_AFTER_S = 20.0  # an incident goes on for so long


class Memory(memory.Memory):
    def change(self, chance: Random, now: float) -> None:
        self.become(play.changed(self.facts(), chance, now))

    def raise_incident(self, chance: Random, now: float) -> None:
        """One at a time; the one before has ended by then."""
        self.end_incident(now)
        self.see(now, Phase.OPENED, play.incident(chance, now))

    def end_incident(self, now: float) -> None:
        for one in self.sightings():
            self.see(now, Phase.ENDED, replace(one, seen_at=now, ongoing=False))
