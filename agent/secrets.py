"""The device's own secrets: the key of its local files, and the key that it signs images with.

They are in the system's keychain where it has one, else in a file of the state folder. Which of
the two is written down, so that a keychain that is locked today is not taken for an empty one.
"""

import logging
import os
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent import keychain
from agent.keychain import KeychainError
from agent.settings import SettingsError, write_private

FILE = "keys.json"
KEY_BYTES = 32
REMEDY = "`zaiseki agent unpair` begins anew, and what is not sent yet is then lost"
NONCE_BYTES = 12  # NIST SP 800-38D 8.2.2: random, for far fewer than 2^32 seals under one key

log = logging.getLogger(__name__)


class SecretsError(Exception):
    """The secrets of a folder cannot be had; one line that says what to do."""


class Damaged(Exception):
    """What was sealed does not open: it was changed, cut, or sealed with another key."""


class Where(msgspec.Struct, frozen=True):
    """What the file says: the name under which the keychain has the secrets, or the secrets."""

    keychain: str | None = None
    secrets: str | None = None


class Box:
    """Seals with AES-256-GCM and signs with Ed25519; `about` binds what is sealed to its place."""

    def __init__(self, seed: bytes) -> None:
        """`seed` are two keys, one after the other."""
        self._aead = AESGCM(seed[:KEY_BYTES])
        self._signer = Ed25519PrivateKey.from_private_bytes(seed[KEY_BYTES:])
        self.public_key = self._signer.public_key().public_bytes_raw()

    def seal(self, plain: bytes, about: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Raise Damaged."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            raise Damaged("sealed with another key, or damaged") from None

    def sign(self, statement: bytes) -> bytes:
        return self._signer.sign(statement)


def box(folder: Path) -> Box:
    """The folder's secrets, made when they are first asked for; raise SecretsError."""
    file = folder / FILE
    try:
        where = msgspec.json.decode(file.read_bytes(), type=Where)
    except FileNotFoundError:
        return Box(made(folder))
    except (OSError, msgspec.DecodeError) as wrong:
        raise SecretsError(f"{file} cannot be read ({wrong}); {REMEDY}") from None
    try:
        kept = where.secrets or keychain.kept(where.keychain or "")
    except KeychainError as wrong:
        raise SecretsError(f"the keychain does not open ({wrong}); unlock it") from None
    seed = b64decode(kept or "")
    if len(seed) != 2 * KEY_BYTES:
        raise SecretsError(f"the keys that {file} tells of are gone; {REMEDY}")
    return Box(seed)


def made(folder: Path) -> bytes:
    """New secrets, kept in the keychain or, with a warning, in a file."""
    seed = os.urandom(2 * KEY_BYTES)
    text, name = b64encode(seed).decode(), f"agent {folder.absolute()}"
    try:
        keychain.keep(name, text)
        where = Where(keychain=name)
    except KeychainError as wrong:
        log.warning("no keychain (%s): the keys of local files are in %s", wrong, folder / FILE)
        where = Where(secrets=text)
    try:
        write_private(folder / FILE, msgspec.json.encode(where))
    except SettingsError as wrong:
        raise SecretsError(str(wrong)) from None
    return seed


def forget(folder: Path) -> None:
    """Without the key, nothing that is left of the local files can be read."""
    file = folder / FILE
    with suppress(OSError, msgspec.DecodeError, KeychainError):
        where = msgspec.json.decode(file.read_bytes(), type=Where)
        if where.keychain:
            keychain.drop(where.keychain)
    file.unlink(missing_ok=True)
