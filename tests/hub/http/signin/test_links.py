"""Passwords by link: forgotten ones by mail, the first one by invitation; each link once."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update

from hub.http.signin.throttle import WRONG_MAX
from hub.jobs.mail import post_due
from hub.live.servers import Servers
from storage.models.log import LogEntry
from storage.models.signin import PasswordLink
from storage.people.members import Edit, edit_member, member_by_login
from storage.people.password_links import LIFE, RESETS_MAX
from storage.proof.log import What
from tests.hub.http.factors import app_of
from tests.hub.http.site import Site, problem, sign_in, with_state
from tests.hubs import settings
from tests.keys import keys
from tests.mailbox import Mailbox, mailbox

NEW = "別の正しい馬の電池とホチキス"
FORGOTTEN = "/api/v1/password/forgotten"
URL = "https://hub.example.jp"


@pytest.fixture
async def postbox() -> AsyncIterator[Mailbox]:
    async with mailbox() as running:
        yield running


@pytest.fixture
async def posting(hub: Site, redis: Redis, postbox: Mailbox, tmp_path: Path) -> Site:
    """The same hub with a mail server; sato has an address there."""
    known = replace(settings(tmp_path), url=URL, mail=postbox.server)
    app = with_state(
        tmp_path, engine=hub.engine, servers=Servers(redis, redis), live=hub.live, settings=known
    )
    sato = await member_id(hub, "sato")
    async with hub.engine.begin() as conn:
        await edit_member(conn, hub.a.id, sato, Edit(email="sato@example.jp"))
    return replace(hub, app=app)


async def member_id(hub: Site, login: str) -> int:
    async with hub.engine.connect() as conn:
        found = await member_by_login(conn, hub.a.id, login)
    assert found
    return found


async def mailed(hub: Site, postbox: Mailbox) -> list[str]:
    """The tokens of the links that were mailed."""
    await post_due(hub.engine, keys(hub.engine), postbox.server)
    found = [re.search(r"(https://\S+)\?token=(\S+)", one.get_content()) for one in postbox.mails]
    assert all(one and one[1].startswith(URL) for one in found)
    return [one[2] for one in found if one]


async def forgot(client: httpx2.AsyncClient, login: str) -> httpx2.Response:
    return await client.post(FORGOTTEN, json={"login": login})


async def use(client: httpx2.AsyncClient, token: str, password: str = NEW) -> httpx2.Response:
    return await client.post("/api/v1/links", json={"token": token, "password": password})


@pytest.mark.requirement("R49", "R62")
async def test_a_forgotten_password_is_reset_by_mail_and_ends_every_session(
    posting: Site, postbox: Mailbox
) -> None:
    async with posting.signed_in("sato") as before, posting.client() as client:
        assert (await forgot(client, "sato")).status_code == 202
        (token,) = await mailed(posting, postbox)
        assert postbox.mails[0]["To"] == "sato@example.jp"
        state = (await client.get("/api/v1/links", params={"token": token})).json()
        assert (state["kind"], state["login"]) == ("reset", "sato")

        assert problem(await use(client, token, "短い")) == "weak-password"
        assert (await use(client, token)).status_code == 204
        assert problem(await use(client, token)) == "link-used"
        assert problem(await before.get("/api/v1/session")) == "not-signed-in"
        assert problem(await sign_in(client, "sato")) == "wrong-password"
        assert (await sign_in(client, "sato", NEW)).json()["member"]["login"] == "sato"


@pytest.mark.requirement("R49")
async def test_a_reset_does_not_stand_in_for_the_second_factor(
    posting: Site, postbox: Mailbox
) -> None:
    await app_of(posting, "sato")
    async with posting.client() as client:
        await forgot(client, "sato@example.jp")
        (token,) = await mailed(posting, postbox)
        await use(client, token)
        step = (await sign_in(client, "sato", NEW)).json()["step"]

    assert step["need"] == "second_factor"


@pytest.mark.requirement("R49")
async def test_who_is_known_here_cannot_be_found_out(posting: Site, postbox: Mailbox) -> None:
    answers = []
    async with posting.client() as client:
        for login in ("nobody", "mori", "sato"):  # mori has no address
            answer = await forgot(client, login)
            answers.append((answer.status_code, answer.content, dict(answer.headers).keys()))

    assert answers[0] == answers[1] == answers[2]
    assert len(await mailed(posting, postbox)) == 1


@pytest.mark.requirement("R49")
async def test_nobody_fills_a_mailbox(posting: Site, postbox: Mailbox) -> None:
    for number in range(RESETS_MAX + 2):
        async with posting.client(address=f"198.51.100.{number}") as client:
            assert (await forgot(client, "sato")).status_code == 202
    async with posting.client() as client:
        for _ in range(WRONG_MAX):
            await forgot(client, "mori")
        assert problem(await forgot(client, "mori")) == "too-many-attempts"

    assert len(await mailed(posting, postbox)) == RESETS_MAX


@pytest.mark.requirement("R49")
async def test_a_link_is_over_after_a_while_and_with_the_next_password(
    posting: Site, postbox: Mailbox
) -> None:
    async with posting.client() as client:
        await forgot(client, "sato")
        await forgot(client, "sato")
        first, second = await mailed(posting, postbox)
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with posting.engine.begin() as conn:
            late = update(PasswordLink).where(PasswordLink.id == 1)
            await conn.execute(late.values(expires_at=past))
        tokens = {first, second}
        fates = {token: (await use(client, token)).status_code for token in sorted(tokens)}

    assert sorted(fates.values()) == [204, 410]


async def test_without_a_mail_server_it_is_said_whom_to_ask(hub: Site) -> None:
    async with hub.client() as client:
        assert problem(await forgot(client, "sato")) == "mail-not-set-up"
        assert (await client.get("/api/v1/session/ways")).json() == {"passkeys": True}


@pytest.mark.requirement("R49", "R61")
async def test_an_invitation_lets_a_member_choose_their_own_password(
    posting: Site, postbox: Mailbox
) -> None:
    sato, mori = await member_id(posting, "sato"), await member_id(posting, "mori")
    async with posting.signed_in("boss") as boss, posting.client() as client:
        by_mail = (await boss.post(f"/api/v1/members/{sato}/invitation")).json()
        assert by_mail["mailed"] is True
        assert "link" not in by_mail
        (token,) = await mailed(posting, postbox)
        by_hand = (await boss.post(f"/api/v1/members/{mori}/invitation")).json()
        assert by_hand["link"].startswith(f"{URL}/invitation?token=")
        assert by_hand["expires_at"] > datetime.now(UTC).timestamp() + 6 * 86_400

        assert (await use(client, token)).status_code == 204
        assert (await use(client, by_hand["link"].partition("=")[2])).status_code == 204
        assert (await sign_in(client, "mori", NEW)).status_code == 201

    async with posting.engine.connect() as conn:
        wanted = select(LogEntry.what).where(LogEntry.what.like("invitation.%"))
        logged = list((await conn.execute(wanted)).scalars())
    assert logged == [What.INVITED, What.INVITED] + [What.INVITATION_ACCEPTED] * 2


@pytest.mark.requirement("R49")
async def test_an_invitation_can_be_replaced_and_taken_back(posting: Site) -> None:
    mori = await member_id(posting, "mori")
    path = f"/api/v1/members/{mori}/invitation"
    async with posting.signed_in("boss") as boss, posting.client() as client:
        first, second = [(await boss.post(path)).json()["link"] for _ in range(2)]
        assert problem(await use(client, first.partition("=")[2])) == "link-used"
        assert (await boss.delete(path)).status_code == 204
        assert problem(await use(client, second.partition("=")[2])) == "link-used"
    async with posting.signed_in("sato") as sato:
        assert problem(await sato.post(path)) == "not-allowed"


@pytest.mark.requirement("R49")
async def test_the_invitations_that_wait_for_an_answer_are_listed(posting: Site) -> None:
    sato, mori = await member_id(posting, "sato"), await member_id(posting, "mori")
    async with posting.signed_in("boss") as boss, posting.client() as client:
        links = [
            (await boss.post(f"/api/v1/members/{one}/invitation")).json() for one in (mori, sato)
        ]
        listed = (await boss.get("/api/v1/invitations")).json()["items"]
        assert [one["member"] for one in listed] == [sato, mori]
        assert listed[1]["expires_at"] == pytest.approx(links[0]["expires_at"])
        await boss.post(f"/api/v1/members/{sato}/disable")
        assert (await use(client, links[0]["link"].partition("=")[2])).status_code == 204
        assert (await boss.get("/api/v1/invitations")).json()["items"] == []
    async with posting.client() as worker:
        await sign_in(worker, "mori", NEW)
        assert problem(await worker.get("/api/v1/invitations")) == "not-allowed"


def test_a_reset_lives_shorter_than_an_invitation() -> None:
    assert LIFE["reset"] <= timedelta(hours=1) < LIFE["invitation"]


@pytest.mark.requirement("R61")
async def test_a_sign_in_from_a_place_that_is_new_is_mailed_to_its_owner(
    posting: Site, postbox: Mailbox
) -> None:
    async with posting.client(address="192.0.2.1") as here:
        await sign_in(here, "sato")
        await sign_in(here, "sato")
    async with posting.client(address="203.0.113.9", **{"User-Agent": "curl"}) as thief:
        await sign_in(thief, "sato")
        await sign_in(thief, "sato")
    await post_due(posting.engine, keys(posting.engine), postbox.server)

    (mail,) = postbox.mails
    assert mail["To"] == "sato@example.jp"
    assert "203.0.113.9" in mail.get_content()
    assert "curl" in mail.get_content()
