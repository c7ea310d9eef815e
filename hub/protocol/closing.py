"""Close codes: each tells the peer what to do next (RFC 6455 7.4; 4000-4999 are ours)."""

from enum import StrEnum

REASON_MAX_BYTES = 123  # RFC 6455 5.5: a control frame carries 125 bytes, two are the code

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
NO_STATUS = 1005  # never travels: the peer closed without a code
INVALID_DATA = 1007
TOO_BIG = 1009
COME_BACK = 1012  # "service restart": the node stops, another one or the next one takes you
BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FENCED = 4409
OLD_PROTOCOL = 4426
TOO_FAST = 4429
TRY_LATER = 4503


class Advice(StrEnum):
    """What a client does after a close."""

    RETRY = "retry"
    WAIT = "wait"
    STOP = "stop"


_ADVICE = {
    BAD_MESSAGE: Advice.STOP,
    TOO_BIG: Advice.STOP,
    UNAUTHORIZED: Advice.STOP,
    FENCED: Advice.STOP,
    OLD_PROTOCOL: Advice.STOP,
    TOO_FAST: Advice.WAIT,
    TRY_LATER: Advice.WAIT,
}


def advice(code: int) -> Advice:
    """Unknown codes and plain losses are worth a new try; ours say it themselves."""
    return _ADVICE.get(code, Advice.RETRY)


class Closing(Exception):
    """Raised anywhere below a connection; becomes the close frame in one place."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = clipped(reason)


def clipped(reason: str) -> str:
    return reason.encode()[:REASON_MAX_BYTES].decode(errors="ignore")
