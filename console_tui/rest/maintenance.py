"""Whether the hub is closed for maintenance, or will be."""

from typing import Literal

from msgspec import Struct

from console_tui.rest.calls import Hub


class Notice(Struct, frozen=True):
    """Planned times in seconds since 1970; `text` is what the operator says, in our language."""

    stage: Literal["announced", "running"]
    begins_at: float
    ends_at: float
    text: str = ""


class State(Struct, frozen=True):
    window: Notice | None = None


async def maintenance(hub: Hub) -> Notice | None:
    """Raise Refused."""
    return (await hub.get(State, "/maintenance")).window
