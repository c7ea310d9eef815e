"""One's own choice of how to be told of incidents."""

import msgspec
import pytest
from sqlalchemy import select

from hub.notifying import NoticeType, NoticeTypes
from storage.models.log import LogEntry
from storage.people.members import member_by_login
from storage.people.notifications import notifications_of
from storage.proof.log import What
from tests.hub.http.site import Site, problem

pytestmark = pytest.mark.requirement("R3")

DEFAULT_TYPES = msgspec.to_builtins(NoticeTypes())
PATH = "/api/v1/account/notifications"
ON = {"mail": True, "desktop": True, "sound": True}
OFF = {"mail": False, "desktop": False, "sound": False}
KINDS = {
    "impersonation": ON, "photographing_device": ON, "peeping": OFF, "camera_covered": OFF,
}  # fmt: skip
TYPES = {type.value: {"app": True, "mail": "digest", "push": False} for type in NoticeType}
CHOSEN = {
    "kinds": KINDS, "types": TYPES, "digest_hour": 17, "quiet_from": "22:00", "quiet_to": "07:00",
}  # fmt: skip


async def logged(hub: Site) -> list[dict[str, object]]:
    wanted = select(LogEntry.subject).where(LogEntry.what == What.MEMBER_CHANGED)
    async with hub.engine.connect() as conn:
        return list((await conn.execute(wanted)).scalars())


async def test_what_one_chose_is_there_again_and_in_the_log_once(hub: Site) -> None:
    async with hub.signed_in("mori") as mori, hub.signed_in("sato") as sato:
        before = (await mori.get(PATH)).json()
        for _ in range(2):
            assert (await mori.put(PATH, json=CHOSEN)).status_code == 204
        after = (await mori.get(PATH)).json()
        others = (await sato.get(PATH)).json()

    assert after == CHOSEN
    assert before == others == {
        "kinds": {**dict.fromkeys(KINDS, ON), "camera_covered": {**ON, "sound": False}},
        "types": DEFAULT_TYPES, "digest_hour": 8, "quiet_from": None, "quiet_to": None,
    }  # fmt: skip
    async with hub.engine.connect() as conn:
        member = await member_by_login(conn, hub.a.id, "mori")
        assert member is not None
        found = await notifications_of(conn, hub.a.id, [member])
        elsewhere = await notifications_of(conn, hub.a.id + 1, [member])
    assert found[member].quiet_from == "22:00"
    assert elsewhere[member].quiet_from is None
    assert await logged(hub) == [{"member": member, "changed": ["notifications"]}]


@pytest.mark.parametrize(
    "wrong",
    [
        {**CHOSEN, "quiet_to": None},
        {**CHOSEN, "quiet_to": "22:00"},
        {**CHOSEN, "quiet_from": "24:00"},
        {**CHOSEN, "kinds": {**KINDS, "peeping": {"mail": True}}},
        {**CHOSEN, "kinds": {**KINDS, "yawning": ON}},
        {**CHOSEN, "digest_hour": 24},
        {**CHOSEN, "types": {**TYPES, "hub_gap": {"mail": "weekly"}}},
    ],
    ids=[
        "half a night",
        "a whole day",
        "no such hour",
        "half a choice",
        "no such incident",
        "no such hour of mail",
        "no such way",
    ],
)
async def test_what_cannot_be_meant_is_refused(hub: Site, wrong: dict[str, object]) -> None:
    async with hub.signed_in("mori") as mori:
        refused = await mori.put(PATH, json=wrong)
        after = (await mori.get(PATH)).json()

    assert problem(refused) == "invalid"
    assert after["quiet_from"] is None


async def test_language_and_address_are_in_the_log_as_well(hub: Site) -> None:
    async with hub.signed_in("mori") as mori:
        await mori.put("/api/v1/account/locale", json={"locale": "en"})
        await mori.put("/api/v1/account/email", json={"email": "mori@example.com"})

    assert [one["changed"] for one in await logged(hub)] == [["locale"], ["email"]]
