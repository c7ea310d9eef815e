"""An image in a terminal: two pixels a cell, or as the terminal itself draws images."""

import io
import logging
from importlib import import_module

from PIL import Image as Pillow
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

CELL_RATIO = 2  # a cell is about twice as high as it is wide
PIXELS_MAX = 64_000_000  # more than any camera or screen has


class Unreadable(ValueError):
    """The bytes are no image that can be shown."""


def opened(data: bytes) -> Pillow.Image:
    """Raise Unreadable."""
    try:
        image = Pillow.open(io.BytesIO(data))
        if image.width * image.height > PIXELS_MAX:
            raise Unreadable
        return image.convert("RGB")
    except (OSError, SyntaxError, Pillow.DecompressionBombError) as bad:
        raise Unreadable from bad


def shown(image: Pillow.Image, how: str, ascii_only: bool) -> Widget:
    """`how` is `blocks`, or `terminal`: whatever the terminal said that it can."""
    if how == "terminal":
        from textual_image.widget import Image

        return Image(image)
    return Blocks(image, ascii_only)


def prepare() -> None:
    """Ask the terminal what it can, which is possible only before the board is up."""
    logging.getLogger("textual_image").setLevel(logging.ERROR)  # its silence is nothing to warn of
    import_module("textual_image.widget")


class Blocks(Widget):
    """Upper halves in one colour on another; where those may be two wide, blanks in one."""

    def __init__(self, image: Pillow.Image, ascii_only: bool) -> None:
        super().__init__()
        self.image = image
        self.rows = 1 if ascii_only else 2  # of pixels in a line of cells
        self._scaled: Pillow.Image | None = None

    def scaled(self) -> Pillow.Image:
        """As large as fits, with square pixels as near as cells allow."""
        width, height = self.size.width, self.size.height * CELL_RATIO
        scale = min(width / self.image.width, height / self.image.height)
        cells = max(1, round(self.image.width * scale))
        lines = max(1, round(self.image.height * scale * self.rows / CELL_RATIO))
        if self._scaled is None or self._scaled.size != (cells, lines):
            self._scaled = self.image.resize((cells, lines))
        return self._scaled

    def render_line(self, y: int) -> Strip:
        picture = self.scaled()
        if (y + 1) * self.rows > picture.height + self.rows - 1:
            return Strip.blank(self.size.width, self.rich_style)
        left = (self.size.width - picture.width) // 2
        segments = [Segment(" " * left, self.rich_style)]
        segments += [self._cell(picture, x, y) for x in range(picture.width)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _cell(self, picture: Pillow.Image, x: int, y: int) -> Segment:
        upper = colour(picture, x, y * self.rows)
        if self.rows == 1:
            return Segment(" ", Style(bgcolor=upper))
        lower = colour(picture, x, min(y * self.rows + 1, picture.height - 1))
        return Segment("▀", Style(color=upper, bgcolor=lower))


def colour(picture: Pillow.Image, x: int, y: int) -> Color:
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    red, green, blue = found[:3]
    return Color.from_rgb(red, green, blue)
