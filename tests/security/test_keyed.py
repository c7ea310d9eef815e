"""Nothing crosses tenants in SQL: what takes an id takes the tenant to look in, or says why not."""

import ast
from collections.abc import Iterator
from pathlib import Path

STORAGE = Path(__file__).resolve().parents[2] / "storage"

FOUND = "the id is of a row that the caller has found under its tenant, or by a secret, just before"
QUEUE = "a queue of the jobs: nobody outside names these ids"
WHOLE = "asks about the installation, for the operator or the jobs"
KEYED_OTHERWISE: dict[str, str] = {
    "known_browsers.forget_browsers": FOUND,
    "password_links.enough_resets": FOUND,
    "password_links.void_links": FOUND,
    "second_factors.forget_factors": FOUND,
    "second_factors.take_step": FOUND,
    "second_factors.confirm_totp": FOUND,
    "second_factors.remove_totp": FOUND,
    "second_factors.use_recovery_code": FOUND,
    "second_factors.remove_recovery_codes": FOUND,
    "second_factors.remove_passkeys": FOUND,
    "sessions.alive": FOUND,
    "sessions.close_session": FOUND,
    "sessions.confirm": FOUND,
    "sessions.revoke_sessions": FOUND,
    "sessions.touch": FOUND,
    "mails.claim": QUEUE,
    "mails.sent": QUEUE,
    "queue.due": QUEUE,
    "tenants.seats_of": WHOLE,
    "maintenance.begin": WHOLE,
    "maintenance.end": WHOLE,
    "verification.known_tenants": WHOLE,
}
KEYS = {"tenant", "tenant_id", "tenants"}
KEYED_TYPES = ("Scope", "LinkedDevice", "Box", "Unanswered", "TenantRow")
NAMES = {"id", "ids", "image", "images", "incident", "incidents"}  # those whose ids are text
COUNTS = {"limit", "seat_limit", "status", "step", "sign_count", "after", "offset", "size", "port"}


def unkeyed() -> Iterator[str]:
    """Public functions that run SQL with an id, and are given no tenant to look in."""
    for file in sorted(STORAGE.rglob("*.py")):
        for found in ast.parse(file.read_text()).body:
            if not isinstance(found, ast.AsyncFunctionDef) or found.name.startswith("_"):
                continue
            given = [*found.args.args, *found.args.kwonlyargs]
            types = {one.arg: ast.unparse(one.annotation) for one in given if one.annotation}
            if types.get("conn") != "AsyncConnection":
                continue
            keyed = bool(types.keys() & KEYS) or any(
                kind in annotation for annotation in types.values() for kind in KEYED_TYPES
            )
            ids = {name for name, kind in types.items() if "int" in kind} - COUNTS
            ids |= {name for name, kind in types.items() if "str" in kind} & NAMES
            if ids and not keyed:
                yield f"{file.stem}.{found.name}"


def test_what_runs_sql_with_an_id_looks_in_one_tenant_or_says_why_not() -> None:
    found = set(unkeyed())

    assert sorted(found - KEYED_OTHERWISE.keys()) == [], "give it the tenant"
    assert sorted(KEYED_OTHERWISE.keys() - found) == [], "no exception that nothing needs"
