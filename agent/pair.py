"""`zaiseki agent pair URL`: make this PC a worker's device; they say yes in the console (RFC 8628).

The worker types a short code there (or scans it): no token is copied from anywhere.
"""

import argparse
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec

from agent import settings
from agent.exits import Exit
from agent.trust import authorities
from hub.client import endpoint, is_loopback

PATH = "/api/v1/pairing"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ANSWER_WITHIN_S = 15.0
SLOWER_S = 5.0  # RFC 8628 3.5: slow_down adds so much, and a connection that fails does, too
NAME_LETTERS = 200
NOT_YET = 400  # RFC 8628 3.5: with any other status the hub has not spoken about the pairing


class NotPaired(Exception):
    """The pairing has ended without a device; one line that says what to do."""


class Asked(msgspec.Struct, frozen=True):
    """What the hub answers a PC that wants to be paired (RFC 8628 3.2)."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: float
    interval: float = 5.0


class Given(msgspec.Struct, frozen=True):
    access_token: str


class Refusal(msgspec.Struct, frozen=True):
    """Why there is no token (RFC 6749 5.2)."""

    error: str = ""
    detail: str = ""


OVER = {
    "access_denied": "it was turned away in the console; ask again if that was a mistake",
    "expired_token": "nobody confirmed the code in time; run the command again",
}


def pair(options: argparse.Namespace) -> int:
    """Wait until the worker has answered, then keep hub and token in the state folder."""
    folder: Path = options.state
    endpoint(options.hub, PATH)
    kept = settings.load(folder, hub=options.hub)
    try:
        with connected(options.hub) as http:
            asked = ask(http, options.name or socket.gethostname() or "PC")
            tell(asked)
            token = wait(http, asked, time.sleep)
    except NotPaired as over:
        print(f"zaiseki: {over}", file=sys.stderr)
        return Exit.REFUSED
    settings.save_token(folder, token)
    settings.save(folder, kept)
    print("paired. Now run: zaiseki agent run", flush=True)
    return Exit.STOPPED


def connected(hub: str) -> httpx2.Client:
    """The system's certificates and proxies, as for everything else that an agent says."""
    return httpx2.Client(
        base_url=hub.rstrip("/") + PATH,
        timeout=ANSWER_WITHIN_S,
        trust_env=not is_loopback(urlsplit(hub).hostname or ""),
        verify=authorities(),
    )


def ask(http: httpx2.Client, name: str) -> Asked:
    """Raise NotPaired when there is no hub, or one that pairs nobody."""
    try:
        answer = http.post("/device_authorization", data={"name": name[:NAME_LETTERS]})
        return msgspec.json.decode(answer.raise_for_status().content, type=Asked)
    except httpx2.HTTPError as wrong:
        raise NotPaired(f"no hub pairs anybody at {http.base_url}: {wrong}") from None
    except msgspec.DecodeError:
        raise NotPaired(f"what answers at {http.base_url} is no hub; check the address") from None


def tell(asked: Asked) -> None:
    print(f"open   {asked.verification_uri}")
    print(f"enter  {asked.user_code}")
    print(drawn(asked.verification_uri_complete), end="")
    print(f"waiting for {asked.expires_in / 60:.0f} minutes; Ctrl-C stops", flush=True)


def drawn(address: str) -> str:
    """The address as a QR code for a phone that is signed in, on a terminal that can show one."""
    try:
        import segno
    except ModuleNotFoundError:
        return ""
    if not sys.stdout.isatty():
        return ""
    rows = [list(row) for row in segno.make(address, error="l").matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "".join("".join(map(halves, above, below)) + "\n" for above, below in pairs)


def halves(above: int, below: int) -> str:
    """Two modules in one letter; light is what a dark terminal draws."""
    return " ▄▀█"[2 * (not above) + (not below)]


def wait(http: httpx2.Client, asked: Asked, sleep: Callable[[float], None]) -> str:
    """Poll as slowly as the hub wants; return the token or raise NotPaired."""
    interval, left = asked.interval, asked.expires_in
    body = {"grant_type": GRANT, "device_code": asked.device_code}
    while left > 0:
        sleep(interval)
        left -= interval
        try:
            answer = http.post("/token", data=body)
        except httpx2.TransportError:
            interval += SLOWER_S
            continue
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=Given).access_token
        why = refusal(answer)
        if why == "slow_down":
            interval += SLOWER_S
        elif answer.status_code == NOT_YET and why != "authorization_pending":
            raise NotPaired(OVER.get(why, f"the hub does not pair this PC ({why})"))
    raise NotPaired(OVER["expired_token"])


def refusal(answer: httpx2.Response) -> str:
    try:
        return msgspec.json.decode(answer.content, type=Refusal).error or str(answer.status_code)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return str(answer.status_code)
