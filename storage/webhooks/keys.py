"""What signs webhooks: an HMAC secret (v1) and an Ed25519 pair (v1a), Standard Webhooks 1.0.0."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.sealing.sealed import About

KEY_BYTES = 32  # Standard Webhooks: 24 to 64 for HMAC; an Ed25519 private key has 32
SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"


class Scheme(StrEnum):
    """HMAC-SHA256 with a shared secret, or Ed25519 with a key pair."""

    V1 = "v1"
    V1A = "v1a"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of one endpoint, with their prefixes; `private` is not told to anybody.

    Those of an older version have no `private`.
    """

    secret: str = field(repr=False)
    private: str = field(default="", repr=False)

    @property
    def public(self) -> str:
        """What verifies `v1a`; only where there is a private key."""
        return _written(PUBLIC, _pair(self.private).public_key().public_bytes_raw())

    @property
    def packed(self) -> bytes:
        """As they are sealed."""
        return f"{self.secret} {self.private}".strip().encode()


def new_keys() -> SigningKeys:
    return SigningKeys(
        _written(SECRET, secrets.token_bytes(KEY_BYTES)),
        _written(PRIVATE, secrets.token_bytes(KEY_BYTES)),
    )


def unpacked(opened: bytes) -> SigningKeys:
    secret, _, private = opened.decode().partition(" ")
    return SigningKeys(secret, private)


def with_pair(keys: SigningKeys) -> SigningKeys:
    """The same secret, and a pair if there was none."""
    return keys if keys.private else replace(new_keys(), secret=keys.secret)


def sealed_for(endpoint: int, at: datetime) -> About:
    """What an endpoint's keys are sealed for; `at` is when the endpoint was added."""
    return About("webhook", endpoint, at)


def former_for(endpoint: int, at: datetime) -> About:
    """What the keys of before are sealed for, after a rotation."""
    return About("former_webhook", endpoint, at)


def signature(
    keys: Iterable[SigningKeys],
    schemes: Collection[Scheme],
    message_id: str,
    timestamp: int,
    body: str,
) -> str:
    """The `webhook-signature`: one for each key and scheme, the receiver needs one that is right.

    `timestamp` is the attempt's, in seconds since 1970.
    """
    signed = f"{message_id}.{timestamp}.{body}".encode()
    made = []
    for one in keys:
        if Scheme.V1 in schemes:
            mac = hmac.digest(_bytes(one.secret), signed, hashlib.sha256)
            made.append(_written("v1,", mac))
        if Scheme.V1A in schemes and one.private:
            made.append(_written("v1a,", _pair(one.private).sign(signed)))
    return " ".join(made)


def _pair(private: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(private))


def _bytes(key: str) -> bytes:
    return base64.b64decode(key.partition("_")[2])


def _written(prefix: str, key: bytes) -> str:
    return prefix + base64.b64encode(key).decode()
