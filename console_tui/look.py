"""Glyphs and colours of the states: shape and word tell, colour repeats.

Truecolor values are the tokens of the web in its dark and light halves. Where there are only 256
colours most of them fall on the right one by themselves; the others are named here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.theme import BUILTIN_THEMES, Theme

INCIDENT = "incident"

GLYPHS: Mapping[str, str] = {
    "present": "●",
    "away": "○",
    "out": "◑",
    "break": "◐",
    "unknown": "▒",
    "paused": "‖",
    "offline": "─",
    "off": "·",
    INCIDENT: "▲",
    "rule": "─",
    "ellipsis": "…",
    "dot": "·",
    "branch": "├",
    "last": "└",
    "root": "▾",
    "play": "▶",
    "yes": "■",
    "no": "□",
}

# For terminals that draw ambiguous characters (UAX #11) two cells wide.
ASCII_GLYPHS: Mapping[str, str] = {
    "present": "*",
    "away": "o",
    "out": "d",
    "break": "c",
    "unknown": "?",
    "paused": "=",
    "offline": "-",
    "off": ".",
    INCIDENT: "!",
    "rule": "-",
    "ellipsis": "~",
    "dot": "/",
    "branch": "+",
    "last": "+",
    "root": "v",
    "play": ">",
    "yes": "#",
    "no": ".",
}

# A stretch of a day in one cell: the height or the pattern tells, as the shape of a glyph does.
STRIP: Mapping[str, str] = {
    "present": "▇",
    "away": "▂",
    "out": "░",
    "break": "░",
    "unknown": "▒",
    "paused": "‖",
    "offline": "─",
    "off": " ",
    "future": "·",
}
ASCII_STRIP: Mapping[str, str] = {
    "present": "#",
    "away": "_",
    "out": "%",
    "break": "%",
    "unknown": "?",
    "paused": "=",
    "offline": "-",
    "off": " ",
    "future": ".",
}
SPARKS = " ▁▂▃▄▅▆▇█"
ASCII_SPARKS = " .:-=+*%#"

DARK: Mapping[str, str] = {
    "bg": "#131716",
    "surface": "#181c1b",
    "raised": "#1f2423",
    "selected": "#2a3230",
    "line": "#414b48",
    "ink": "#e8eeeb",
    "ink-2": "#b4bfbb",
    "ink-3": "#94a09b",
    "present": "#64b9ad",
    "away": "#d8a569",
    "out": "#86b0dd",
    "break": "#86b0dd",
    "unknown": "#9aa2a1",
    "paused": "#b6a3dc",
    "offline": "#9aa2a1",
    "off": "#949e9b",
    INCIDENT: "#ff7f78",
}

LIGHT: Mapping[str, str] = {
    "bg": "#f4f6f5",
    "surface": "#fcfdfc",
    "raised": "#ffffff",
    "selected": "#e6ecea",
    "line": "#bcc6c3",
    "ink": "#17201d",
    "ink-2": "#46524e",
    "ink-3": "#5f6b67",
    "present": "#03655c",
    "away": "#865513",
    "out": "#35628e",
    "break": "#35628e",
    "unknown": "#636b6b",
    "paused": "#6a568e",
    "offline": "#636b6b",
    "off": "#616b68",
    INCIDENT: "#c01f2b",
}

# The past: paper and lines turn, so that nobody takes then for now.
DARK_PAST: Mapping[str, str] = {
    "bg": "#211b10",
    "surface": "#282114",
    "raised": "#282114",
    "selected": "#3a311f",
    "line": "#6b5b3b",
    "ink-3": "#aaa08a",
    "unknown": "#aaa699",
    "offline": "#aaa699",
    "off": "#a5a193",
}
LIGHT_PAST: Mapping[str, str] = {
    "bg": "#f3ebdb",
    "surface": "#faf6ec",
    "raised": "#faf6ec",
    "selected": "#ece2cc",
    "line": "#bda97e",
    "ink-3": "#5c5644",
    "unknown": "#5a5d54",
    "offline": "#5a5d54",
    "off": "#5c5e55",
    INCIDENT: "#b81c28",
}

# The xterm colours 255, 247 and 140; 234, 242, 25 and 97.
DARK_256: Mapping[str, str] = {
    **DARK,
    "ink": "#eeeeee",
    "unknown": "#9e9e9e",
    "paused": "#af87d7",
    "offline": "#9e9e9e",
    "off": "#9e9e9e",
}
LIGHT_256: Mapping[str, str] = {
    **LIGHT,
    "ink": "#1c1c1c",
    "out": "#005faf",
    "break": "#005faf",
    "unknown": "#6c6c6c",
    "paused": "#875faf",
    "offline": "#6c6c6c",
    "off": "#6c6c6c",
}

# Sixteen colours: the terminal's own background and ink, light or dark, and its names for the rest.
SIXTEEN: Mapping[str, str] = {
    "bg": "default",
    "surface": "default",
    "raised": "default",
    "selected": "default",
    "line": "default",
    "ink": "default",
    "ink-2": "default",
    "ink-3": "default",
    "present": "cyan",
    "away": "yellow",
    "out": "blue",
    "break": "blue",
    "unknown": "default",
    "paused": "magenta",
    "offline": "default",
    "off": "default",
    INCIDENT: "bright_red",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One table of glyphs and one of colours; `few` means sixteen colours."""

    glyphs: Mapping[str, str]
    colours: Mapping[str, str]
    few: bool = False
    ascii_only: bool = False

    def glyph(self, name: str) -> str:
        return self.glyphs[name]

    def block(self, name: str) -> str:
        """A cell of a strip."""
        return (ASCII_STRIP if self.ascii_only else STRIP)[name]

    def sparks(self, levels: Iterable[int]) -> str:
        """A sparkline of levels 0..8."""
        blocks = ASCII_SPARKS if self.ascii_only else SPARKS
        return "".join(blocks[level] for level in levels)

    def style(self, name: str, bold: bool = False) -> str:
        return f"bold {self.colours[name]}" if bold else self.colours[name]


def look(dark: bool, ascii_only: bool, system: str | None, past: bool = False) -> Look:
    """`system` is what the terminal can: truecolor, 256, standard, windows, or None for nothing."""
    glyphs = ASCII_GLYPHS if ascii_only else GLYPHS
    if system not in ("truecolor", "256"):
        return Look(glyphs, SIXTEEN, few=True, ascii_only=ascii_only)
    few = DARK_256 if dark else LIGHT_256
    colours = few if system == "256" else DARK if dark else LIGHT
    paper = (DARK_PAST if dark else LIGHT_PAST) if past else {}
    return Look(glyphs, {**colours, **paper}, ascii_only=ascii_only)


def theme(name: str, of: Look, dark: bool) -> Theme:
    """The accent is ink, so that colour is left to states."""

    def css(token: str) -> str:
        colour = of.colours[token]
        return colour if colour.startswith("#") else f"ansi_{colour}"

    return Theme(
        name=name,
        primary=css("ink"),
        foreground=css("ink"),
        background=css("bg"),
        surface=css("surface"),
        panel=css("raised"),
        error=css(INCIDENT),
        dark=dark,
        ansi=of.few,
        variables={
            **(BUILTIN_THEMES["ansi-dark" if dark else "ansi-light"].variables if of.few else {}),
            "ink-dim": css("ink-3"),
            "line": css("line"),
            "selected": css("selected"),
            "alarm": css(INCIDENT),
        },
    )
