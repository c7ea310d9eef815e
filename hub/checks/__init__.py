"""What `zaiseki doctor` looks at, one file for each kind of dependency."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`fail`: zaiseki will not work, or will not be true. `warn`: it will hurt some day."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: which part, and what is wrong with it and what to do."""

    level: Level
    part: str
    said: str

    def __str__(self) -> str:
        return f"{self.level:<5} {self.part:<8} {self.said}"


def ok(part: str, said: str) -> Finding:
    return Finding(Level.OK, part, said)


def warn(part: str, said: str) -> Finding:
    return Finding(Level.WARN, part, said)


def fail(part: str, said: str) -> Finding:
    return Finding(Level.FAIL, part, said)


def first_line(wrong: BaseException) -> str:
    """What a driver said, without the page that some add."""
    lines = str(wrong).splitlines()
    return lines[0] if lines else type(wrong).__name__


CLOCK_WARN_S = 1.0  # a board's "since" is off by as much
CLOCK_FAIL_S = 30.0  # near a lease of 40 s: a fresh report looks older than silence


def clock(part: str, ahead_s: float) -> list[Finding]:
    """`ahead_s` is how far the other clock is ahead of ours."""
    off = abs(ahead_s)
    if off < CLOCK_WARN_S:
        return []
    way = "ahead of" if ahead_s > 0 else "behind"
    said = f"its clock is {off:.0f} s {way} this machine's; let all of them follow NTP (chrony)"
    return [fail(part, said) if off >= CLOCK_FAIL_S else warn(part, said)]
