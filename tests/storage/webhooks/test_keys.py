"""Keys of webhooks: sealed, rotated with an overlap, forgotten when they sign no more."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from storage.models.webhooks import WebhookEndpoint
from storage.sealing.resealing import COLUMNS, seal_rows
from storage.webhooks.endpoints import Shown, forget_former, rotate
from storage.webhooks.keys import (
    Scheme,
    SigningKeys,
    former_for,
    new_keys,
    sealed_for,
    signature,
    unpacked,
    with_pair,
)
from storage.webhooks.queue import due, opened
from tests.outbox import Outbox, presence
from tests.record import NOW

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@given(body=st.text())
def test_the_public_key_verifies_what_the_pair_signed_and_nothing_else(body: str) -> None:
    keys = new_keys()
    made = signature([keys], [Scheme.V1A], "msg_1", 1_700_000_000, body)

    public = base64.b64decode(keys.public.removeprefix("whpk_"))
    sent = base64.b64decode(made.removeprefix("v1a,"))
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(sent, f"msg_1.1700000000.{body}".encode())
    with pytest.raises(InvalidSignature):
        key.verify(sent, f"msg_2.1700000000.{body}".encode())


def test_keys_are_packed_and_unpacked_and_those_of_an_older_version_too() -> None:
    keys = new_keys()

    assert unpacked(keys.packed) == keys
    assert unpacked(keys.secret.encode()) == SigningKeys(keys.secret)
    assert with_pair(SigningKeys(keys.secret)).secret == keys.secret
    assert with_pair(keys) is keys
    assert "whsec_" not in repr(keys) and "whsk_" not in repr(keys)


# ---- on each database


async def turned(outbox: Outbox, endpoint: int, now: datetime) -> Shown:
    box = await outbox.keys.box(outbox.tenant)
    async with outbox.engine.begin() as conn:
        return await rotate(conn, box, endpoint, now)


async def signed(outbox: Outbox, now: datetime) -> dict[str, str]:
    """The headers of the delivery that is due, as they would be sent at this moment."""
    async with outbox.engine.connect() as conn:
        [found] = await due(conn, now, 1, each=1)
    found = replace(await opened(outbox.keys, found, now), body="{}")
    timestamp = int(now.timestamp())
    made = signature(found.keys, found.signing, found.message_id, timestamp, found.body)
    return {
        "webhook-id": found.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": made,
    }


def verifies(secret: str, headers: dict[str, str]) -> bool:
    """By the independent package, which looks at no clock here but the headers' own."""
    try:
        made = Webhook(secret).sign(
            headers["webhook-id"],
            datetime.fromtimestamp(int(headers["webhook-timestamp"]), NOW.tzinfo),
            "{}",
        )
    except WebhookVerificationError:
        return False
    return made in headers["webhook-signature"].split()


async def test_the_secret_of_before_signs_for_a_day_beside_the_new_one(outbox: Outbox) -> None:
    endpoint, old = await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    new = (await turned(outbox, endpoint, NOW)).keys.secret

    for moment in (NOW, NOW + DAY - SECOND):
        headers = await signed(outbox, moment)
        assert verifies(old, headers) and verifies(new, headers)
    headers = await signed(outbox, NOW + DAY)
    assert verifies(new, headers) and not verifies(old, headers)


async def test_of_two_rotations_in_a_day_the_last_two_secrets_sign(outbox: Outbox) -> None:
    endpoint, first = await outbox.endpoint("https://h.example/")
    await outbox.put(presence(1))
    second = (await turned(outbox, endpoint, NOW)).keys.secret
    third = (await turned(outbox, endpoint, NOW + SECOND)).keys.secret

    headers = await signed(outbox, NOW + 2 * SECOND)
    assert [verifies(one, headers) for one in (first, second, third)] == [False, True, True]


async def test_keys_that_sign_no_more_are_forgotten(outbox: Outbox) -> None:
    endpoint, _ = await outbox.endpoint("https://h.example/")
    await turned(outbox, endpoint, NOW)

    forgotten = []
    for moment in (NOW + DAY, NOW + DAY + SECOND):
        async with outbox.engine.begin() as conn:
            forgotten.append(await forget_former(conn, moment))

    assert forgotten == [0, 1]
    async with outbox.engine.connect() as conn:
        asked = select(WebhookEndpoint.former, WebhookEndpoint.former_until)
        assert tuple((await conn.execute(asked)).one()) == (None, None)


async def test_both_are_brought_under_the_tenants_newest_key(outbox: Outbox) -> None:
    endpoint, old = await outbox.endpoint("https://h.example/")
    new = (await turned(outbox, endpoint, NOW)).keys.secret
    box = await outbox.keys.box(outbox.tenant)
    newest = replace(box, current=999, keys={**box.keys, 999: secrets.token_bytes(32)})

    done = [await seal_rows(outbox.engine, newest, column) for column in COLUMNS]

    assert sum(done) == 2
    async with outbox.engine.connect() as conn:
        asked = select(WebhookEndpoint.sealed, WebhookEndpoint.former)
        sealed, former = (await conn.execute(asked)).one()
    assert sealed and former
    assert sealed.startswith(newest.head) and former.startswith(newest.head)
    assert unpacked(newest.open(sealed_for(endpoint, NOW), sealed)).secret == new
    assert unpacked(newest.open(former_for(endpoint, NOW), former)).secret == old
