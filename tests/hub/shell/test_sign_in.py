"""Letting somebody in again from a shell."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage.database import engine
from storage.models.people import Member
from storage.models.signin import Totp
from storage.people.members import member_by_login
from storage.people.password_links import LinkRow, link_of
from storage.people.second_factors import begin_totp, confirm_totp
from storage.people.tenants import only_tenant
from tests.hub.shell.test_admin import Shell, shell
from tests.keys import keys
from tests.record import database_url

__all__ = ["database_url", "shell"]

PASSWORD = "正しい馬の電池とホチキス"


@pytest.fixture
def office(shell: Shell) -> Shell:
    shell.ok("member", "add", "sato", "--name", "佐藤", "--password-stdin", stdin=PASSWORD)
    return shell


@pytest.mark.requirement("R49")
def test_an_invitation_is_printed_to_hand_over(office: Shell) -> None:
    printed = office.ok("member", "invite", "sato", "--url", "https://hub.example.jp")
    found = re.search(r"https://hub\.example\.jp/invitation\?token=(\S+)", printed)
    assert found

    async def link() -> LinkRow | None:
        opened = engine(office.url)
        async with opened.connect() as conn:
            row = await link_of(conn, found[1], datetime.now(UTC))
        await opened.dispose()
        return row

    row = asyncio.run(link())
    assert row and (row.login, row.kind) == ("sato", "invitation")


@pytest.mark.requirement("R62")
def test_who_lost_phone_and_codes_is_let_in_by_the_password_again(office: Shell) -> None:
    async def set_up() -> None:
        opened = engine(office.url)
        async with opened.connect() as conn:
            tenant = await only_tenant(conn)
            assert tenant
            sato = await member_by_login(conn, tenant.id, "sato")
            assert sato
        box = await keys(opened).box(tenant.id)
        async with opened.begin() as conn:
            assert await begin_totp(conn, box, sato, b"s" * 20, datetime.now(UTC))
            assert await confirm_totp(conn, sato, datetime.now(UTC))
        await opened.dispose()

    async def apps() -> int:
        opened = engine(office.url)
        async with opened.connect() as conn:
            found = len((await conn.execute(select(Totp.member_id))).all())
        await opened.dispose()
        return found

    asyncio.run(set_up())
    assert asyncio.run(apps()) == 1
    assert "no second factor" in office.ok("member", "unlock", "sato")
    assert asyncio.run(apps()) == 0
    assert "nobody" in office.refused("member", "unlock", "nobody")


@pytest.mark.requirement("R49", "R61")
def test_a_password_that_a_command_made_up_has_to_be_changed(office: Shell) -> None:
    async def must_change() -> bool:
        opened = engine(office.url)
        async with opened.connect() as conn:
            wanted = select(Member.must_change).where(Member.login == "sato")
            found = (await conn.execute(wanted)).scalar_one()
        await opened.dispose()
        return found

    assert not asyncio.run(must_change())
    office.ok("member", "password", "sato")
    assert asyncio.run(must_change())
