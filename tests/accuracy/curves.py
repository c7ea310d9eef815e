"""False match and false non-match rates of a recogniser (ISO/IEC 19795-1), from scores alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Points = list[tuple[float, float]]

# Numbers come out of floats: 0.001 of 1,000 pairs is one pair, not 0.9999.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Scores:
    """Cosines of pairs of pictures: of one person (genuine) and of two (impostor)."""

    genuine: tuple[float, ...]
    impostor: tuple[float, ...]


def fmr(scores: Scores, threshold: float) -> float:
    """The share of pairs of two people that are taken for one, 0..1."""
    return share(score >= threshold for score in scores.impostor)


def fnmr(scores: Scores, threshold: float) -> float:
    """The share of pairs of one person that are not recognised, 0..1."""
    return share(score < threshold for score in scores.genuine)


@dataclass(frozen=True)
class Operating:
    """What a recogniser finds (`tar`) where at most so many false matches are let through."""

    tar: float
    above: float  # the cosine that a match must exceed
    false_matches: int
    of: int


def tar_at_far(scores: Scores, far: float) -> Operating:
    """The most that can be found while false matches stay within `far` (0..1).

    With fewer than 1 / far pairs of two people no false match at all is let through, and the figure
    says less than its name: `of` tells. Raises ValueError without pairs of both kinds.
    """
    if not scores.genuine or not scores.impostor:
        raise ValueError("pairs of one person and pairs of two people are needed")
    highest = sorted(scores.impostor, reverse=True)
    allowed = min(int(far * len(highest) + ROUNDING), len(highest) - 1)
    above = highest[allowed]
    found = share(score > above for score in scores.genuine)
    return Operating(found, above, sum(score > above for score in highest), len(highest))


def rates(scores: Scores, thresholds: Sequence[float]) -> tuple[Points, Points]:
    """Both rates over the threshold, as points of curves."""
    return (
        [(threshold, fmr(scores, threshold)) for threshold in thresholds],
        [(threshold, fnmr(scores, threshold)) for threshold in thresholds],
    )


def trade_off(scores: Scores) -> Points:
    """The share found over the share falsely matched, at every score: the ROC curve."""
    thresholds = sorted({*scores.genuine, *scores.impostor}, reverse=True)
    return [(fmr(scores, one), 1 - fnmr(scores, one)) for one in thresholds]


def share(holds: Iterable[bool]) -> float:
    marks = list(holds)
    return sum(marks) / len(marks) if marks else 0.0
