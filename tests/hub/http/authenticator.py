"""A passkey's keeper in software: answers as a browser with a security key or a phone would."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # WebAuthn 6.1, flags

Json = dict[str, Any]


@dataclass
class Authenticator:
    """One passkey. `verifies`: whether it looks at a finger or asks for a PIN."""

    origin: str
    verifies: bool = True
    uses: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: Json) -> Json:
        """What `navigator.credentials.create` gives, without attestation."""
        client = self._client("webauthn.create", options["challenge"])
        data = self._data(options["rp"]["id"], ATTESTED) + self._attested()
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "attestationObject": bytes_to_base64url(attestation),
                "transports": ["internal"],
            }
        )

    def use(self, options: Json) -> Json:
        """What `navigator.credentials.get` gives."""
        self.uses += 1
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signed = data + hashlib.sha256(client).digest()
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(SHA256()))),
            }
        )

    def knows(self, options: Json) -> bool:
        """Whether it is asked for, by its id or as any passkey of the party."""
        asked = [one["id"] for one in options.get("allowCredentials", [])]
        return not asked or bytes_to_base64url(self.id) in asked

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, party: str, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(party.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def _attested(self) -> bytes:
        public = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (public.x, public.y))
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # RFC 9053: EC2, ES256, P-256
        return bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose

    def _credential(self, response: Json) -> Json:
        identity = bytes_to_base64url(self.id)
        return {
            "id": identity,
            "rawId": identity,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
