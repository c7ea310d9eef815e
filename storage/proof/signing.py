"""The key (Ed25519, RFC 8032) with which this installation signs heads and tombstones."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from storage.files import synced, written

FILE = "signing-key.pem"  # in the state folder, unless another file is named


class SigningKeyProblem(Exception):
    """The key cannot be used; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs; `public_key` is the raw key of 32 bytes by which others know the signer."""

    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, statement: bytes) -> bytes:
        return self.private.sign(statement)


def signer_at(file: Path) -> Signer:
    """The key in the PEM file; where there is no file, a new key is put there.

    Raise SigningKeyProblem for a file that holds something else.
    """
    with suppress(FileNotFoundError):
        return Signer(_read(file))
    new = Ed25519PrivateKey.generate()
    pem = new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.{os.getpid()}")
        written(part, pem)
        try:
            os.link(part, file)  # unlike a rename, it leaves a key that another process put there
        except FileExistsError:
            return Signer(_read(file))
        finally:
            part.unlink()
        synced(file.parent)
    except OSError as wrong:
        raise SigningKeyProblem(
            f"cannot write the signing key {file}: {wrong.strerror}; check the folder's rights"
        ) from None
    return Signer(new)


def is_signed(public_key: bytes, signature: bytes, statement: bytes) -> bool:
    """Whether the key signed exactly this."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError) as wrong:
        raise SigningKeyProblem(
            f"cannot read the signing key {file}: {wrong}; give a PEM file with an Ed25519 key"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyProblem(
            f"{file} is no Ed25519 key; make one with: openssl genpkey -algorithm ed25519"
        )
    return key


def public_key_at(file: Path) -> set[bytes]:
    """The public key of the one in the file, or nothing if there is no file."""
    try:
        return {Signer(_read(file)).public_key}
    except FileNotFoundError:
        return set()
