"""A small OpenID provider that is real as far as its client can see: codes, PKCE, signed tokens.

`lies` turns one thing of what it says into something else, to see whether that is noticed.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.clock import until


@dataclass
class Provider:
    """`who` is signed in here; `lies` are claims to give otherwise, None to leave one out."""

    who: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "idp|7",
            "email": "Sato@example.jp",
            "email_verified": True,
        }
    )
    lies: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    client: tuple[str, str] = ("zaiseki hub", "a: long secret/€")
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "1"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    error: str = ""
    issuer_said: str = ""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/realm"

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer_said or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        """The person is signed in here and agrees at once."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        back = f"{asked['redirect_uri']}?state={asked['state']}"
        if self.error:
            return RedirectResponse(f"{back}&error={self.error}", 303)
        code = secrets.token_urlsafe()
        self.asked[code] = asked
        return RedirectResponse(f"{back}&code={code}", 303)

    async def token(self, request: Request) -> Response:
        form = {name: one[0] for name, one in parse_qs((await request.body()).decode()).items()}
        asked = self.asked.pop(form["code"], None)
        if asked is None or not self._authentic(request, form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client[0],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.who,
            **self.lies,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "1"}
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(),
                "token_type": "Bearer",
                "id_token": jwt.encode(header, said, self.key),
            }
        )

    def _authentic(self, request: Request, form: dict[str, str], asked: dict[str, str]) -> bool:
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(basic).decode().partition(":")
        return (
            (unquote_plus(name), unquote_plus(secret)) == self.client
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        )

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", self.metadata),
                Route("/realm/authorize", self.authorize),
                Route("/realm/token", self.token, methods=["POST"]),
                Route("/realm/keys", self.keys),
            ]
        )


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider on a free port of this machine, until the block ends."""
    running = Provider()
    config = uvicorn.Config(
        running.app(), host="127.0.0.1", port=0, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    running.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.should_exit = True
        await task
