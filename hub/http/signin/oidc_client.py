"""Talking to a tenant's OpenID provider: discovery, the code for a token, and whether that is good.

Addresses come from an administrator and from the provider, so each is vetted as a webhook's is, and
the connection goes to the very address that was vetted.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.jobs.addresses import HTTPS_PORT, Forbidden, Network, Why, lookup, parse, vet
from hub.tls import authorities

WITHIN_S = 10.0
ANSWER_MAX_BYTES = 256 * 1024  # a metadata document has some 3 KiB, a key set seldom 20
LEEWAY_S = 60  # clocks of two companies
SCOPES = "openid email"

# Signatures by a key that only the provider has (RFC 8725 3.1): never "none", never a shared one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")

Json = dict[str, Any]


class ProviderFailed(Exception):
    """The provider cannot be used, or said something that it must not; one line for the log."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider does what (OpenID Connect Discovery 3)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    secret_in_body: bool


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to the provider."""

    id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has signed in; `email` only if it says that it has verified it."""

    subject: str
    email: str | None


async def discover(issuer: str, allow: Sequence[Network]) -> Endpoints:
    """Raise ProviderFailed, with what is wrong for whoever has typed the issuer."""
    url = get_well_known_url(issuer, external=True)
    metadata = OpenIDProviderMetadata(await _fetch(url, allow))
    if metadata.get("issuer") != issuer:
        raise ProviderFailed(f"{url} is of issuer {metadata.get('issuer')!r}, not {issuer!r}")
    try:
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Endpoints(
            issuer=issuer,
            authorization=_address(metadata["authorization_endpoint"]),
            token=_address(metadata["token_endpoint"]),
            keys=_address(metadata["jwks_uri"]),
            secret_in_body="client_secret_basic" not in methods,
        )
    except (KeyError, TypeError, Forbidden) as wrong:
        raise ProviderFailed(f"{url} lacks something: {wrong}") from None


def authorize(at: Endpoints, client: Client, state: str, nonce: str, verifier: str) -> str:
    """Where the browser goes to sign in (code flow, PKCE by RFC 7636)."""
    url: str = prepare_grant_uri(
        at.authorization,
        client.id,
        "code",
        redirect_uri=client.redirect_uri,
        scope=SCOPES,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return url


async def identity(
    at: Endpoints,
    client: Client,
    code: str,
    nonce: str,
    verifier: str,
    now_s: float,
    allow: Sequence[Network],
) -> Identity:
    """Whom the code stands for; raise ProviderFailed."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    auth = None
    if at.secret_in_body:
        form |= {"client_id": client.id, "client_secret": client.secret}
    else:
        auth = client
    answer = await _fetch(at.token, allow, form, auth)
    keys = await _fetch(at.keys, allow)
    return verified(answer, keys, at, client, nonce, now_s)


def verified(
    answer: Json, keys: Json, at: Endpoints, client: Client, nonce: str, now_s: float
) -> Identity:
    """What the ID token says, if it is signed by the provider, for us, for this question, now."""
    try:
        found = jws.deserialize_compact(
            answer["id_token"],
            KeySet.import_key_set({"keys": keys["keys"]}),
            algorithms=list(ALGORITHMS),
        )
        claims = CodeIDToken(
            json.loads(found.payload),
            found.headers(),
            {
                "iss": {"essential": True, "value": at.issuer},
                "aud": {"essential": True, "value": client.id},
            },
            {"nonce": nonce, "client_id": client.id, "access_token": answer.get("access_token")},
        )
        claims.validate(now=int(now_s), leeway=LEEWAY_S)
        subject = claims["sub"]
    except (JoseError, KeyError, TypeError, ValueError) as wrong:
        raise ProviderFailed(f"the ID token is refused: {wrong!r}") from None
    if not isinstance(subject, str) or not subject or len(subject) > 255:
        raise ProviderFailed("the ID token has no subject")
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Identity(subject, email if isinstance(email, str) else None)


def _address(url: object) -> str:
    """Raise Forbidden for what is no web address."""
    if not isinstance(url, str):
        raise Forbidden(Why.ADDRESS, repr(url), "is not a web address")
    parse(url)
    return url


async def _fetch(
    url: str,
    allow: Sequence[Network],
    form: Mapping[str, str] | None = None,
    auth: Client | None = None,
) -> Json:
    """A JSON object from there; raise ProviderFailed. No redirects, no proxies, no cookies."""
    try:
        async with asyncio.timeout(WITHIN_S):
            request = await _request(url, allow, form, auth)
            tls = await asyncio.to_thread(authorities)
            async with httpx2.AsyncHTTPTransport(verify=tls) as transport:
                response = await transport.handle_async_request(request)
                body = await _body(response)
    except TimeoutError:
        raise ProviderFailed(f"{url} does not answer within {WITHIN_S:g} s") from None
    except (Forbidden, OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as failed:
        raise ProviderFailed(f"{url}: {failed}") from None
    if response.status_code != httpx2.codes.OK:
        raise ProviderFailed(f"{url} answers {response.status_code}")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderFailed(f"{url} does not answer with a JSON object")
    return found


async def _request(
    url: str, allow: Sequence[Network], form: Mapping[str, str] | None, auth: Client | None
) -> httpx2.Request:
    parsed = parse(url)
    port = parsed.port or (HTTPS_PORT if parsed.scheme == "https" else 80)
    host = parsed.raw_host.decode()
    addresses = await asyncio.to_thread(lookup, host, port)
    vet(parsed, addresses, allow)
    headers = {"host": parsed.netloc.decode(), "accept": "application/json"}
    if form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    request = httpx2.Request(
        "GET" if form is None else "POST",
        parsed.copy_with(host=str(addresses[0])),
        headers=headers,
        content=urlencode(form).encode() if form is not None else None,
        extensions={"sni_hostname": host, "timeout": httpx2.Timeout(WITHIN_S).as_dict()},
    )
    if auth is None:
        return request
    return next(httpx2.BasicAuth(quoted(auth.id), quoted(auth.secret)).auth_flow(request))


def quoted(text: str) -> str:
    """RFC 6749 2.3.1: name and secret are form-encoded before they become a header."""
    return urlencode({"": text}).removeprefix("=")


async def _body(response: httpx2.Response) -> bytes:
    body = b""
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > ANSWER_MAX_BYTES:
                raise ValueError(f"it answers with more than {ANSWER_MAX_BYTES} bytes")
    finally:
        await response.aclose()
    return body
