"""A desk sensor as an agent: a file says 1 while somebody sits there, and 0 while nobody does.

ZAISEKI_HUB=https://hub.example ZAISEKI_TOKEN=… python desk_sensor.py /sys/class/gpio/gpio17/value
"""

import asyncio
import os
import sys
from pathlib import Path

from hub.client import Presence, Reason, Stopped, device

LOOK_EVERY_S = 0.5
SAYS = {"1": Presence.PRESENT, "0": Presence.AWAY}


def presence(sensor: Path) -> Presence:
    """A sensor that cannot be read, or says something else, knows nothing: that is not absence."""
    try:
        return SAYS.get(sensor.read_text().strip(), Presence.UNKNOWN)
    except OSError:
        return Presence.UNKNOWN


async def main(hub: str, token: str, sensor: Path) -> None:
    async with device(hub, token, "desk-sensor 1.0") as desk:
        while True:
            if desk.may_observe:
                desk.tell(await asyncio.to_thread(presence, sensor))
            else:
                desk.tell(Presence.UNKNOWN, reason=Reason.NOT_CAPTURING)
            await asyncio.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    try:
        asyncio.run(main(os.environ["ZAISEKI_HUB"], os.environ["ZAISEKI_TOKEN"], Path(sys.argv[1])))
    except Stopped as why:
        sys.exit(f"the hub says: {why}")
