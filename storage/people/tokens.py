"""Opaque tokens: a person or a device holds the token, the record only its digest."""

import hashlib
import secrets

TOKEN_BYTES = 32  # 256 bits: nobody guesses one, so a plain digest is enough to store


def mint() -> str:
    """A new random token, safe in a URL, a header and a shell."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What is stored and looked up instead of the token."""
    return hashlib.sha256(token.encode()).digest()
