"""What an ID token must say, and who must have signed it, before anybody is believed."""

import secrets
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from hub.http.signin.oidc_client import (
    LEEWAY_S,
    Client,
    Endpoints,
    Identity,
    ProviderFailed,
    quoted,
    verified,
)

NOW = int(time.time())
KEY = ECKey.generate_key("P-256", {"kid": "1"})
KEYS: dict[str, Any] = dict(KeySet([KEY]).as_dict(private=False))
AT = Endpoints("https://idp.example", "https://idp.example/a", "…", "…", secret_in_body=False)
HUB = Client("hub", secrets.token_urlsafe(), "https://hub.example.jp/back")
GOOD = {
    "iss": AT.issuer,
    "aud": HUB.id,
    "sub": "7",
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": "n",
    "email": "sato@example.jp",
    "email_verified": True,
}


def said(key: ECKey | OctKey = KEY, **claims: object) -> Identity:
    """What is made of a token with these claims in place of good ones; None leaves one out."""
    told = {name: one for name, one in {**GOOD, **claims}.items() if one is not None}
    algorithm = "HS256" if isinstance(key, OctKey) else "ES256"
    token = jwt.encode({"alg": algorithm, "kid": "1"}, told, key, algorithms=[algorithm])
    return verified({"id_token": token, "access_token": "a"}, KEYS, AT, HUB, "n", NOW)


@pytest.mark.requirement("R49")
def test_a_good_token_says_who_it_is() -> None:
    assert said() == Identity("7", "sato@example.jp")
    assert said(exp=NOW - LEEWAY_S + 1).subject == "7"
    assert said(aud=[HUB.id, "another"], azp=HUB.id).subject == "7"


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "told", [{"email_verified": False}, {"email_verified": None}, {"email": 7}]
)
def test_an_address_that_nobody_has_verified_is_none(told: dict[str, Any]) -> None:
    assert said(**told).email is None


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": None},
        {"iss": "https://another.example"},
        {"iss": None},
        {"exp": NOW - LEEWAY_S - 1},
        {"exp": None},
        {"iat": NOW + LEEWAY_S + 10},
        {"sub": None},
        {"sub": 7},
        {"aud": [HUB.id, "another"], "azp": "another"},
        {"aud": [HUB.id, "another"]},
        {"at_hash": "another"},
    ],
    ids=lambda lies: "-".join(lies),  # no values: two collections must give the same names
)
def test_a_token_that_is_not_for_this_question_is_refused(lies: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        said(**lies)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-256", {"kid": "1"}), OctKey.import_key(HUB.secret)]
)
def test_a_token_that_the_provider_did_not_sign_is_refused(key: ECKey | OctKey) -> None:
    with pytest.raises(ProviderFailed):
        said(key)


@pytest.mark.parametrize(
    "answer", [{}, {"id_token": 7}, {"id_token": "a.b.c"}, {"id_token": "e30.e30."}]
)
def test_what_is_no_token_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        verified(answer, KEYS, AT, HUB, "n", NOW)
    with pytest.raises(ProviderFailed):
        verified(answer, {}, AT, HUB, "n", NOW)


def test_name_and_secret_are_encoded_before_they_become_a_header() -> None:
    assert quoted("a: b/€") == "a%3A+b%2F%E2%82%AC"
