"""A push service of our own, and browsers that read what it was given (RFC 8030, 8291, 8292)."""

import asyncio
import json
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.webpush import bytes_of, text_of
from storage.sealing.vapid import point

SALT_AND_SIZE_BYTES, POINT_BYTES = 20, 65


@dataclass(frozen=True)
class Pushed:
    """One request as it arrived at the push service."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def token(self) -> str:
        parts = self.headers["authorization"].removeprefix("vapid ").split(", ")
        return dict(part.split("=", 1) for part in parts)["t"]

    @property
    def key(self) -> str:
        parts = self.headers["authorization"].removeprefix("vapid ").split(", ")
        return dict(part.split("=", 1) for part in parts)["k"]

    def claims(self) -> dict[str, Any]:
        """What the token says; raise unless it is signed with the key that came along."""
        raw = bytes_of(self.key)
        assert len(raw) == POINT_BYTES
        jwk = ECKey.import_key(
            {"kty": "EC", "crv": "P-256", "x": text_of(raw[1:33]), "y": text_of(raw[33:])}
        )
        return dict(jwt.decode(self.token, jwk, algorithms=["ES256"]).claims)


@dataclass
class PushService:
    """Answers with what is in `script`, one a request, then 201 for ever."""

    url: str
    script: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    received: list[Pushed] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        self.received.append(Pushed(request.url.path, dict(request.headers), body))
        status, headers = self.script.popleft() if self.script else (201, {})
        return Response(status_code=status, headers=headers)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the test run."""
        yield


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """On a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        service = PushService(f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = Starlette(routes=[Route("/{path:path}", service.answer, methods=["POST"])])
        server = _Server(uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield service
        finally:
            server.should_exit = True
            await serving


class PushBrowser:
    """A subscribed browser: it has the private key, and opens what is meant for it alone."""

    def __init__(self, service: str, name: str = "laptop") -> None:
        self.endpoint = f"{service}/send/{name}"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` says, as the page passes it on."""
        keys = {"p256dh": text_of(self._public), "auth": text_of(self._auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    @property
    def _public(self) -> bytes:
        return point(self._key.public_key())

    def opened(self, body: bytes) -> dict[str, Any]:
        """The message; raise InvalidTag if it is not for this browser (RFC 8291 3.4)."""
        salt, theirs = body[:16], body[21 : 21 + POINT_BYTES]
        assert int.from_bytes(body[16:20], "big") >= len(body) - SALT_AND_SIZE_BYTES
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._key.exchange(ec.ECDH(), sender)
        info = b"WebPush: info\0" + self._public + theirs
        secret = HKDF(SHA256(), 32, self._auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, body[21 + POINT_BYTES :], None)
        assert plain.endswith(b"\x02")
        message: dict[str, Any] = json.loads(plain[:-1])
        return message
