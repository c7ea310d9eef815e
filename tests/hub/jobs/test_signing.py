"""How a webhook is signed: as an independent receiver verifies it, by every secret that counts."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from hub.jobs.posting import Poster
from storage.webhooks.bodies import Content
from storage.webhooks.keys import Scheme, new_keys, signature
from tests.hub.jobs.posts import LOOPBACK, due
from tests.outbox import BODY
from tests.receiver import receiver

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@given(message=st.text("abcdef0123456789_", min_size=1), body=st.text())
def test_what_we_sign_the_independent_package_signs_alike(message: str, body: str) -> None:
    keys = new_keys()

    theirs = Webhook(keys.secret).sign(message, NOW, body)

    ours = signature([keys], [Scheme.V1], message, int(NOW.timestamp()), body)
    assert ours == theirs


async def test_both_signatures_are_sent_and_each_verifies() -> None:
    keys = new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.secret = keys.secret
        both = replace(due(here.url, keys), signing=(Scheme.V1, Scheme.V1A))
        await poster.post(both, datetime.now(UTC))
        await poster.post(replace(both, signing=(Scheme.V1A,)), datetime.now(UTC))

    first, second = (got.headers for got in here.received)
    assert here.received[0].verified
    assert [one.partition(",")[0] for one in first["webhook-signature"].split()] == ["v1", "v1a"]
    for headers in (first, second):
        signed_by(keys.public, headers, BODY)
    assert second["webhook-signature"].startswith("v1a,")


def signed_by(public: str, headers: dict[str, str], body: str) -> None:
    """As a receiver does it with the public key; raises InvalidSignature."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    sent = headers["webhook-signature"].split()
    [made] = [one.removeprefix("v1a,") for one in sent if one.startswith("v1a,")]
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    key.verify(base64.b64decode(made), said.encode())


async def test_while_a_rotation_overlaps_the_old_and_the_new_secret_verify() -> None:
    old, new = new_keys(), new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        rotated = replace(due(here.url), keys=(new, old), signing=(Scheme.V1, Scheme.V1A))
        await poster.post(rotated, datetime.now(UTC))

    [got] = here.received
    for keys in (old, new):
        assert Webhook(keys.secret).verify(BODY, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_keys().secret).verify(BODY, got.headers)
    assert len(got.headers["webhook-signature"].split()) == 4


async def test_a_cloud_event_says_so_and_is_signed_alike() -> None:
    keys = new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.secret = keys.secret
        event = replace(due(here.url, keys), content=Content.CLOUDEVENTS)
        await poster.post(event, datetime.now(UTC))

    [got] = here.received
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert got.verified
