"""A Web Push message as it travels: sealed for one browser, signed by this installation. Pure."""

import base64
import binascii
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey
from msgspec import Struct

RECORD_BYTES = 4096  # RFC 8291 4: what every push service takes, in one record
PLAIN_MAX_BYTES = 3993  # of it, less 86 of the head, 16 of the tag and 1 of the padding
SALT_BYTES, AUTH_BYTES = 16, 16
LAST_RECORD = b"\x02"  # RFC 8188 2: the delimiter before the padding, of which there is none
VALID_FOR = timedelta(hours=12)  # RFC 8292 2: no more than 24 hours


class BadSubscription(ValueError):
    """What a browser gave us as its keys is none."""


class Browser(Struct, frozen=True):
    """Where a browser is reached, and the keys of it alone; base64url, as the Push API has them."""

    endpoint: str
    p256dh: str
    auth: str


def sealed(plain: bytes, browser: Browser, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body (RFC 8291, aes128gcm); `own` and `salt` are of this message alone.

    Raise BadSubscription.
    """
    theirs, auth = keys_of(browser)
    their_point, own_point = _point(theirs), _point(own.public_key())
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, auth, b"WebPush: info\0" + their_point + own_point, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
    return head + AESGCM(key).encrypt(nonce, plain + LAST_RECORD, None)


def authorization(origin: str, subject: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> str:
    """Who sends (RFC 8292): a token for that push service, and the key to check it with.

    `subject` is how whoever runs the service reaches us, a mailto: or an https: address.
    """
    claims = {"aud": origin, "exp": int((now + VALID_FOR).timestamp()), "sub": subject}
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(pem))
    return f"vapid t={token}, k={text_of(_point(key.public_key()))}"


def keys_of(browser: Browser) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """Its public key and its secret; raise BadSubscription."""
    try:
        public, auth = bytes_of(browser.p256dh), bytes_of(browser.auth)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except (ValueError, binascii.Error) as wrong:
        raise BadSubscription(str(wrong)) from None
    if len(auth) != AUTH_BYTES:
        raise BadSubscription(f"the secret has {len(auth)} bytes, not {AUTH_BYTES}")
    return key, auth


def text_of(plain: bytes) -> str:
    """base64url without padding, as all of this is written."""
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
