"""Passkeys (WebAuthn level 3): what a browser is asked, and whether its answer is good."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, generate_challenge
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

NAME = "zaiseki"
PORTS = {"http": 80, "https": 443}  # which an origin leaves out (RFC 6454 6.2)
VERIFIED = UserVerificationRequirement.REQUIRED  # by finger, face or PIN: so it is two factors
WITHIN_MS = 300_000  # to find the key; the ceremony itself lives as long
CREDENTIAL_MAX_BYTES = 1023  # WebAuthn 4, "Credential ID"

Json = dict[str, Any]


class Refused(Exception):
    """The answer does not prove what it should; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: browsers bind a passkey to `id`, and say from which page it was used."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey's public part."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def party(url: str) -> Party | None:
    """Of the hub's own address; none where that is the number of a machine and not this one's.

    Never of what a request says: a page that stands in between would say its own name.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        if not ip_address(host).is_loopback:
            return None
        host = "localhost"
    except ValueError:
        pass
    usual = parts.port in (None, 0, PORTS.get(parts.scheme))
    return Party(host, f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}"))


def user_handle(system_id: str, member: int) -> bytes:
    """Who it is to the authenticator: always the same, and it tells nothing (WebAuthn 14.6.1)."""
    return hashlib.sha256(f"{system_id} {member}".encode()).digest()


def challenge() -> bytes:
    return generate_challenge()


def to_make(
    of: Party, nonce: bytes, handle: bytes, login: str, name: str, known: Iterable[bytes]
) -> Json:
    """What `navigator.credentials.create` is asked; `known` are those that the person has."""
    options = generate_registration_options(
        rp_id=of.id,
        rp_name=NAME,
        user_id=handle,
        user_name=login,
        user_display_name=name,
        challenge=nonce,
        timeout=WITHIN_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=_descriptors(known),
    )
    return _json(options_to_json(options))


def to_use(of: Party, nonce: bytes, known: Iterable[bytes]) -> Json:
    """What `navigator.credentials.get` is asked; without `known`, any passkey of this party."""
    options = generate_authentication_options(
        rp_id=of.id,
        challenge=nonce,
        timeout=WITHIN_MS,
        allow_credentials=_descriptors(known),
        user_verification=VERIFIED,
    )
    return _json(options_to_json(options))


def made(of: Party, nonce: bytes, credential: Json) -> Made:
    """Raise Refused unless it was made for this party, this challenge, by a verified person."""
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=nonce,
            expected_rp_id=of.id,
            expected_origin=of.origin,
            require_user_verification=True,
        )
    except MALFORMED as wrong:
        raise Refused(str(wrong)) from None
    if len(verified.credential_id) > CREDENTIAL_MAX_BYTES:
        raise Refused("the credential's id is too long")
    return Made(verified.credential_id, verified.credential_public_key, verified.sign_count)


def used(of: Party, nonce: bytes, credential: Json, public_key: bytes, sign_count: int) -> int:
    """The new count of uses; raise Refused. A count that went back is a copied passkey's."""
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=nonce,
            expected_rp_id=of.id,
            expected_origin=of.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except MALFORMED as wrong:
        raise Refused(str(wrong)) from None
    return verified.new_sign_count


def credential_id(credential: Json) -> bytes:
    """Which passkey answers; raise Refused."""
    try:
        return base64url_to_bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Refused(f"no rawId: {wrong}") from None


# What the library and the decoders below it raise for something that no browser would send.
MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)


def _descriptors(known: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=credential) for credential in known]


def _json(text: str) -> Json:
    options: Json = json.loads(text)
    return options
