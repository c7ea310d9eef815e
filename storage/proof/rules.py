"""The rules by which the database itself keeps the past from being changed: are they all there?"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

RULES = {
    f"{table}_no_{act}"
    for table, acts in {
        "chain": ("update", "delete"),
        "consents": ("update", "delete"),
        "evidence": ("delete",),
        "heads": ("update", "delete"),
        "incident_verdicts": ("update", "delete"),
        "incidents": ("delete",),
        "punches": ("update", "delete"),
        "system_log": ("update", "delete"),
        "tombstones": ("update", "delete"),
        "viewings": ("update", "delete"),
    }.items()
    for act in acts
}


async def missing_rules(conn: AsyncConnection) -> list[str]:
    """Those that somebody has taken away or switched off."""
    if conn.dialect.name == "sqlite":
        asked = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        asked = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
    return sorted(RULES - set((await conn.execute(asked)).scalars()))
