"""Whether somebody takes what an operation answers with (RFC 9110 12.5.1)."""

from starlette.requests import Request

from hub.http import csv, problems
from hub.http.callers import State
from hub.http.contracts import Operation, described
from hub.http.csv import Download
from hub.http.given import JSON
from hub.http.problems import Problem


def media_of(operation: Operation) -> str | None:
    """The one form of its answer; None if there is no body, or if it is for the answer to say."""
    answer = operation.contract.answer
    if described(answer):
        return JSON
    return csv.MEDIA_TYPE if answer is not None and issubclass(answer, Download) else None


def check_acceptable(request: Request[State], operation: Operation) -> None:
    """Raise the problem NOT_ACCEPTABLE before anything is done."""
    accept, media = request.headers.get("accept"), media_of(operation)
    if accept and media and not _takes(accept, media.partition(";")[0]):
        raise Problem(problems.NOT_ACCEPTABLE, what=media)


def _takes(accept: str, media: str) -> bool:
    """By the most specific range that names it; one with the weight 0 refuses."""
    kind = media.partition("/")[0]
    ranges = dict(map(_range, accept.lower().split(",")))
    found = next((ranges[one] for one in (media, f"{kind}/*", "*/*") if one in ranges), 0.0)
    return found > 0


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weights = [one.partition("=")[2] for one in parameters if one.startswith("q=")]
    try:
        return name, float(weights[0]) if weights else 1.0
    except ValueError:
        return name, 1.0
