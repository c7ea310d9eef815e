"""What the record says afterwards."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.models.seats import Transition
from tests.clock import until


async def rows(record: AsyncEngine, **wanted: object) -> list[Transition]:
    """The transitions with these values, in the order of the boards; late ones last."""
    order = (Transition.offset, Transition.position, Transition.id)
    query = select(Transition).filter_by(**wanted).order_by(*order)
    async with record.connect() as conn:
        return [Transition(**row._mapping) for row in await conn.execute(query)]


async def causes(record: AsyncEngine, **wanted: object) -> list[tuple[str, str]]:
    return [(row.cause, row.label) for row in await rows(record, **wanted)]


async def comes_to(record: AsyncEngine, expected: list[tuple[str, str]], **wanted: object) -> None:
    """Boards are told before the record: wait for these (cause, label), then look once more."""

    async def so_many() -> bool:
        return len(await causes(record, **wanted)) >= len(expected)

    await until(so_many)
    assert await causes(record, **wanted) == expected
