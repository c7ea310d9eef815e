"""What nobody answers goes up in time: an incident, and an objection to its verdict."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Scope
from hub.protocol.facts import Verdict
from storage.seats.handling import (
    Act,
    assign,
    course,
    dispute,
    escalate,
    goes_up_at,
    unanswered,
)
from storage.seats.incidents import one, set_escalation
from storage.seats.verdicts import judge, withdraw
from tests.record import NOW, company, person
from tests.storage.seats.test_incidents import reported


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.requirement("R6")
async def test_an_objection_that_nobody_answers_goes_up_as_the_incident_did(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        mori, saito = await person(conn, a.id, "mori"), await person(conn, a.id, "saito")
        await set_escalation(conn, a.id, 10)
        [id] = await reported(conn, a.id, mori, 0)

        async def due(minutes: float) -> list[tuple[str, int]]:
            return [
                (each.id, each.escalation) for each in await unanswered(conn, after(minutes), 9)
            ]

        assert await goes_up_at(conn, a.id, id) == after(10)
        [up] = await unanswered(conn, after(10), 9)
        assert await escalate(conn, up, [saito], True, after(10))
        await assign(conn, a.id, id, saito, saito, after(11))
        await judge(conn, a.id, id, Verdict.CONFIRMED, None, saito, after(12))
        assert await due(3 * 24 * 60) == []

        objected = 2 * 24 * 60  # days after it was recorded
        await dispute(conn, a.id, id, "本人です", mori, after(objected), judged=True)
        assert await goes_up_at(conn, a.id, id) == after(objected + 10)
        assert await due(objected + 9) == []
        assert await due(objected + 10) == [(id, 0)]
        assert await due(objected + 24 * 60) == []

        [up] = await unanswered(conn, after(objected + 10), 9)
        assert up.disputed_at == after(objected)
        assert await escalate(conn, up, [saito], False, after(objected + 10))
        assert not await escalate(conn, up, [saito], False, after(objected + 10))
        assert await goes_up_at(conn, a.id, id) == after(objected + 20)
        assert await due(objected + 20) == [(id, 1)]

        row = await one(conn, Scope(a.id, everybody=True), id)
        assert row and row.escalation == 1
        assert [step.what for step in await course(conn, a.id, row)] == [
            Act.OPENED, Act.ESCALATED, Act.TAKEN, Act.JUDGED, Act.DISPUTED, Act.ESCALATED,
        ]  # fmt: skip


@pytest.mark.requirement("R6")
async def test_an_answer_to_the_objection_keeps_it_down_and_its_undoing_does_not(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        mori, saito = await person(conn, a.id, "mori"), await person(conn, a.id, "saito")
        await set_escalation(conn, a.id, 10)
        [id] = await reported(conn, a.id, mori, 0)
        await judge(conn, a.id, id, Verdict.CONFIRMED, None, saito, after(1))
        await dispute(conn, a.id, id, "本人です", mori, after(2), judged=True)
        [up] = await unanswered(conn, after(12), 9)

        await judge(conn, a.id, id, Verdict.BENIGN, None, saito, after(12))
        assert not await escalate(conn, up, [saito], False, after(12))
        assert await unanswered(conn, after(30), 9) == []
        assert await goes_up_at(conn, a.id, id) is None

        await withdraw(conn, a.id, id, saito, after(12.1))
        assert await goes_up_at(conn, a.id, id) == after(12)
        assert await unanswered(conn, after(13), 9) == [up]

        await assign(conn, a.id, id, saito, saito, after(14))
        assert await unanswered(conn, after(30), 9) == []
