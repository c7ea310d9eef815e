"""The second factor: codes of an authenticator app (RFC 6238), and codes to recover with."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

import segno
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20  # RFC 4226 4 R6 recommends 160 bits
DIGITS = 6
STEP_S = 30  # RFC 6238 4.1; apps know no other, nor another hash than SHA-1 (which HMAC keeps safe)
STEPS_OFF = 1  # RFC 6238 5.2: one step for the way and for clocks that differ
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: nobody guesses one, so that a plain digest is enough to store
RECOVERY_GROUP = 4
ISSUER = "zaiseki"


@dataclass(frozen=True, slots=True)
class Shown:
    """What an app is given: the secret to type, the address in the picture, and the picture."""

    secret: str
    uri: str
    qr: str


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes, login: str, tenant: str) -> Shown:
    """How the person takes the secret into an app; `qr` is SVG."""
    uri = _totp(secret).get_provisioning_uri(f"{tenant} {login}", ISSUER)
    qr = segno.make_qr(uri, error="m").svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return Shown(base64.b32encode(secret).decode(), uri, qr)


def step_of(secret: bytes, code: str, now_s: float) -> int | None:
    """The time step whose code it is, near now; none if the code is wrong.

    Whoever takes it must refuse a step that was taken before: a code is good once (RFC 6238 5.2).
    """
    totp, current = _totp(secret), int(now_s // STEP_S)
    found = None
    for step in range(current - STEPS_OFF, current + STEPS_OFF + 1):
        if constant_time.bytes_eq(totp.generate(step * STEP_S), code.encode()):
            found = step
    return found


def code_at(secret: bytes, now_s: float) -> str:
    """What an app shows at that moment."""
    return _totp(secret).generate(now_s).decode()


def looks_like_totp(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> list[str]:
    return [_spelled(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_digest(member: int, code: str) -> bytes:
    """What is stored of a recovery code; how it is grouped and cased does not matter."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{member} {letters}".encode()).digest()


def plain(code: str) -> str:
    """A code as people type it, without the gap that apps show in its middle."""
    return "".join(code.split())


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)


def _spelled(random: bytes) -> str:
    letters = base64.b32encode(random).decode()
    groups = range(0, len(letters), RECOVERY_GROUP)
    return "-".join(letters[at : at + RECOVERY_GROUP] for at in groups)
