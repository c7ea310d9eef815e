"""What tests wait for: `until(partial(showing, walls, member, label))`."""

from collections.abc import Iterable

from hub.protocol.facts import Label
from tests.links import Link
from tests.peers import ScriptedBoard


def showing(walls: Iterable[ScriptedBoard], member: int, label: Label) -> bool:
    return all(wall.live and wall.label(member) is label for wall in walls)


def came(line: Link, count: int) -> bool:
    """So many connections have come in since the line was opened."""
    return line.connections >= count
