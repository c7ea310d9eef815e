"""Draws curves as SVG: a frame, two axes with numbers, lines and their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 52  # px of margin
TICKS = 5
COLOURS = ("#0b57d0", "#c5221f", "#188038", "#9334e6")


@dataclass(frozen=True)
class Axis:
    """What runs along one side, and from where to where."""

    name: str
    low: float
    high: float

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one; what is beyond is cut off."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def ticks(self) -> list[float]:
        return [self.low + (self.high - self.low) * step / TICKS for step in range(TICKS + 1)]


def chart(
    title: str, across: Axis, up: Axis, lines: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """A picture of the named lines, each a row of (across, up)."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text(WIDTH / 2, 20, title, 14),
        *grid(across, up),
    ]
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(place(across, up, x, y) for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(WIDTH - RIGHT - 8, TOP + 16 + 16 * number, name, 12, "end", colour))
    return "\n".join([*parts, "</svg>\n"])


def grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value in across.ticks():
        x = LEFT + across.share(value) * (WIDTH - LEFT - RIGHT)
        parts.append(rule(x, TOP, x, HEIGHT - BOTTOM))
        parts.append(text(x, HEIGHT - BOTTOM + 18, f"{value:g}"))
    for value in up.ticks():
        y = HEIGHT - BOTTOM - up.share(value) * (HEIGHT - TOP - BOTTOM)
        parts.append(rule(LEFT, y, WIDTH - RIGHT, y))
        parts.append(text(LEFT - 8, y + 4, f"{value:g}", anchor="end"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across.name))
    parts.append(text(LEFT, TOP - 8, up.name, anchor="start"))
    return parts


def place(across: Axis, up: Axis, x: float, y: float) -> str:
    left = LEFT + across.share(x) * (WIDTH - LEFT - RIGHT)
    top = HEIGHT - BOTTOM - up.share(y) * (HEIGHT - TOP - BOTTOM)
    return f"{left:.1f},{top:.1f}"


def rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def text(
    x: float, y: float, words: str, size: int = 12, anchor: str = "middle", colour: str = "#222"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
