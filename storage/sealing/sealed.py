"""How something lies sealed: XAES-256-GCM under a tenant key, bound to whose it is and when."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

MARK = b"zaiseki\x01"  # the format and its version; 64 bits, so that nothing plain begins so
KEY_ID_BYTES = 8
HEAD_BYTES = len(MARK) + KEY_ID_BYTES
NONCE_BYTES = 24  # chosen by chance for 2^80 messages under one key; GCM's own 12 are not enough
TAG_BYTES = 16
OVERHEAD_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES
KEY_BYTES = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(Exception):
    """It is not what was sealed for that tenant, that owner and that time."""

    def __init__(self, about: "About") -> None:
        super().__init__(f"{about.what} of {about.owner} is not what was sealed for it")


class UnknownKey(Unreadable):
    """It was sealed with a key that is not among the tenant's."""


@dataclass(frozen=True, slots=True)
class About:
    """What a sealed thing belongs to; it opens with the same only.

    `what` names the kind of thing, `owner` whose it is (a member, an endpoint), `at` its time.
    """

    what: str
    owner: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Box:
    """The keys of one tenant at one moment; `current` seals, any of them opens.

    `plain_left` says that an older version of the program has left things that are not sealed yet.
    """

    tenant: int
    current: int
    keys: Mapping[int, bytes] = field(repr=False)
    plain_left: bool = False

    @property
    def head(self) -> bytes:
        """What everything begins with that is sealed with the current key."""
        return head(self.current)

    def seal(self, about: About, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound = _bound(self.head, self.tenant, about)
        return self.head + nonce + encrypted(self.keys[self.current], nonce, plain, bound)

    def open(self, about: About, stored: bytes) -> bytes:
        """What was sealed; raise Unreadable."""
        if not is_sealed(stored):
            if self.plain_left:
                return stored
            raise Unreadable(about)
        id = key_of(stored)
        if id not in self.keys:
            raise UnknownKey(about)
        nonce, rest = stored[HEAD_BYTES:][:NONCE_BYTES], stored[HEAD_BYTES + NONCE_BYTES :]
        try:
            bound = _bound(stored[:HEAD_BYTES], self.tenant, about)
            return decrypted(self.keys[id], nonce, rest, bound)
        except InvalidTag:
            raise Unreadable(about) from None


def is_sealed(stored: bytes) -> bool:
    return len(stored) >= OVERHEAD_BYTES and stored.startswith(MARK)


def head(key: int) -> bytes:
    return MARK + key.to_bytes(KEY_ID_BYTES, "big")


def key_of(stored: bytes) -> int:
    return int.from_bytes(stored[len(MARK) : HEAD_BYTES], "big")


def _bound(head: bytes, tenant: int, about: About) -> bytes:
    microseconds = (about.at - EPOCH) // timedelta(microseconds=1)
    return head + msgspec.msgpack.encode((tenant, about.what, about.owner, microseconds))


def encrypted(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return AESGCM(_derived(key, nonce)).encrypt(nonce[12:], plain, bound)


def decrypted(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Raise InvalidTag if anything differs."""
    if len(sealed) < TAG_BYTES or len(nonce) != NONCE_BYTES:
        raise InvalidTag
    return AESGCM(_derived(key, nonce)).decrypt(nonce[12:], sealed, bound)


def _derived(key: bytes, nonce: bytes) -> bytes:
    """Another AES-256 key for each nonce's first half (c2sp.org/XAES-256-GCM; SP 800-108 4.1)."""
    return b"".join(_cmac(key, bytes((0, counter)) + b"X\0" + nonce[:12]) for counter in (1, 2))


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()
