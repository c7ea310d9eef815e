"""Rules of the database itself: what is the record of the past is not changed

What was written before there were chains is chained as it is now. A later version that recreates
one of these tables (as Alembic does on SQLite to alter one) must create its rules again.
"""

import hashlib
import os
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "8e2f5b90c417"
down_revision = "5c1d7ae0b3f4"
branch_labels = None
depends_on = None

# Rows of these may go only after a tombstone for them has come.
AREAS = {
    "system_log": "log",
    "punches": "punch",
    "viewings": "viewing",
    "incidents": "incident",
    "incident_verdicts": "verdict",
    "consents": "consent",
    "evidence": "evidence",
}
FINAL = (
    "system_log",
    "punches",
    "incident_verdicts",
    "consents",
    "heads",
    "tombstones",
)  # no row is ever updated
FOREVER = ("chain", "heads", "tombstones")  # no row ever goes
LINKED = ("id", "tenant_id", "area", "row", "digest")  # of the chain: as they were inserted
VIEWED = ("id", "tenant_id", "viewer_id", "member_id", "device_id", "evidence_id", "kind")
VIEWED_FOR = ("purpose", "at")


def upgrade() -> None:
    for table in ADOPTED:
        adopt(op.get_bind(), table)
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for name in SQLITE_NAMES:
            op.execute(f"DROP TRIGGER {name}")
        return
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}() CASCADE")


# ---- what is there already

AT_ONCE = 1_000
ADOPTED = {
    "punches": "id tenant_id member_id kind at task source request_id created_at",
    "incidents": "id tenant_id member_id device_id kind opened_at seen_at ended_at count late why"
    " recorded_at",
    "evidence": "id tenant_id member_id device_id incident_id kind screen taken_at state reason"
    " media size width height sha256 statement signature key_id recorded_at stored_at erased_at",
    "viewings": "id tenant_id viewer_id member_id device_id evidence_id kind purpose at ended_at",
    "consents": "id tenant_id member_id device_id version purpose charter kind at recorded_at",
}
UNSETTLED = {"media", "size", "width", "height", "sha256", "statement", "signature", "key_id"}


def adopt(bind: sa.Connection, name: str) -> None:
    table = sa.Table(name, sa.MetaData(), autoload_with=bind)
    chain = sa.Table("chain", sa.MetaData(), autoload_with=bind)
    rows = bind.execute(sa.select(*(table.c[column] for column in ADOPTED[name].split())))
    for some in rows.partitions(AT_ONCE):
        bind.execute(sa.insert(chain), [entry(AREAS[name], row._mapping) for row in some])


def entry(area: str, row: sa.RowMapping) -> dict[str, object]:
    salt = os.urandom(16)
    unsettled = UNSETTLED if area == "evidence" and row["state"] == "pending" else ()
    values = {
        column: plain(value)
        for column, value in row.items()
        if value is not None and column not in unsettled
    }
    digest = hashlib.sha256(salt + msgspec.json.encode([area, values], order="sorted")).digest()
    owner = {"tenant_id": row["tenant_id"], "area": area, "row": str(row["id"])}
    return {**owner, "digest": digest, "salt": salt}


def plain(value: object) -> object:
    if isinstance(value, datetime):  # SQLite's have no zone, and are in UTC
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value


# ---- SQLite


def refuse(name: str, table: str, act: str, when: str = "") -> str:
    says = f"SELECT RAISE(ABORT, '{table} is append-only')"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when} BEGIN {says}; END"


def buried(table: str, area: str) -> str:
    tenant = "coalesce(OLD.tenant_id, 0)"
    return (
        f"SELECT 1 FROM tombstones WHERE tenant_id = {tenant} AND area = {area}"
        f' AND "row" = CAST({table}.id AS TEXT)'
    )


def changed(names: tuple[str, ...]) -> str:
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in names)


UNLAWFUL_LINK = (
    f"WHEN {changed(LINKED)}"
    " OR (OLD.position IS NOT NEW.position OR OLD.link IS NOT NEW.link)"
    " AND (OLD.position IS NOT NULL OR NEW.position IS NULL OR NEW.link IS NULL)"
    " OR OLD.salt IS NOT NEW.salt AND (NEW.salt IS NOT NULL OR NOT EXISTS ("
    "SELECT 1 FROM tombstones WHERE tenant_id = OLD.tenant_id AND area = OLD.area"
    ' AND "row" = OLD."row"))'
)
UNLAWFUL_VIEWING = f"WHEN {changed(VIEWED + VIEWED_FOR)} OR OLD.ended_at IS NOT NULL"
SQLITE = [
    *(refuse(f"{table}_no_update", table, "UPDATE") for table in FINAL),
    *(refuse(f"{table}_no_delete", table, "DELETE") for table in FOREVER),
    # REPLACE deletes without asking the rules for DELETE.
    *(
        refuse(
            f"{table}_no_replace",
            table,
            "INSERT",
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
        )
        for table in (*FINAL, "chain")
    ),
    *(
        refuse(
            f"{table}_no_delete",
            table,
            "DELETE",
            f"WHEN NOT EXISTS ({buried('OLD', repr(area))})",
        )
        for table, area in AREAS.items()
    ),
    refuse("chain_no_update", "chain", "UPDATE", UNLAWFUL_LINK),
    refuse("viewings_no_update", "viewings", "UPDATE", UNLAWFUL_VIEWING),
]
SQLITE_NAMES = [statement.split()[2] for statement in SQLITE]


# ---- PostgreSQL

FUNCTIONS = {
    "zaiseki_append_only": "",
    "zaiseki_buried": f"IF EXISTS ({buried('OLD', 'TG_ARGV[0]')}) THEN RETURN OLD; END IF;",
    "zaiseki_link": UNLAWFUL_LINK.replace("WHEN", "IF NOT (", 1) + ") THEN RETURN NEW; END IF;",
    "zaiseki_viewing": UNLAWFUL_VIEWING.replace("WHEN", "IF NOT (", 1)
    + ") THEN RETURN NEW; END IF;",
}


def function(name: str, unless: str) -> str:
    unless = unless.replace(" IS NOT NEW.", " IS DISTINCT FROM NEW.")
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {unless}"
        " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
        " END $$"
    )


def trigger(table: str, act: str, call: str) -> str:
    each = "STATEMENT" if act == "TRUNCATE" else "ROW"
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
        f" FOR EACH {each} EXECUTE FUNCTION {call}"
    )


POSTGRESQL = [
    *(function(name, unless) for name, unless in FUNCTIONS.items()),
    *(trigger(table, "UPDATE", "zaiseki_append_only()") for table in FINAL),
    *(trigger(table, "DELETE", "zaiseki_append_only()") for table in FOREVER),
    *(trigger(table, "DELETE", f"zaiseki_buried('{area}')") for table, area in AREAS.items()),
    *(
        trigger(table, "TRUNCATE", "zaiseki_append_only()")
        for table in sorted({*AREAS, *FINAL, *FOREVER})
    ),
    trigger("chain", "UPDATE", "zaiseki_link()"),
    trigger("viewings", "UPDATE", "zaiseki_viewing()"),
]
