"""Speak to a hub from a program of your own: watch a board, or be an agent.

    async with watch("https://hub.example", token) as board:
        async for change in board.changes():
            ...  # board.seats, board.name(member)

    async with device("https://hub.example", token, "door-reader 1.0") as door:
        door.tell(Presence.PRESENT)

Both keep themselves connected: a line that breaks is taken up again from where it broke, and what
was not acknowledged is told again. Both end with `Stopped`, with one line that says why, when the
hub says that coming back is of no use, and raise `BadAddress` for what is no hub's address.
Needs the extra `client` (websockets). Under both is `Client`, which drives any session of
`hub.protocol.session`: the project's own agent and terminal use it with theirs.
"""

from hub.client.connection import BadAddress, Client, endpoint, explained, is_loopback
from hub.client.device import Device, device
from hub.client.watching import Watching, watch
from hub.protocol.facts import Capture, IncidentKind, Label, Presence, Reason, Work
from hub.protocol.session import Stopped

__all__ = [
    "BadAddress",
    "Capture",
    "Client",
    "Device",
    "IncidentKind",
    "Label",
    "Presence",
    "Reason",
    "Stopped",
    "Watching",
    "Work",
    "device",
    "endpoint",
    "explained",
    "is_loopback",
    "watch",
]
