"""Is the record there, at head, writable, quick and durable, and does its clock agree?"""

from hub.checks import Finding, clock, fail, first_line, ok, warn
from hub.settings import Settings
from storage import database
from storage.health import Health, active_devices, health

PART = "record"
SLOW_ANSWER_S = 0.02  # a page of the console asks several times
SLOW_COMMIT_S = 0.1  # acks wait for it; agents send 256 reports ahead, so 10 a second do
CONNECTIONS_PER_NODE = database.POOL_SIZE + database.POOL_OVERFLOW


async def record(settings: Settings) -> list[Finding]:
    if settings.database is None:
        file = settings.state / "zaiseki.db"
        if not file.exists():
            return [ok(PART, f"none yet; the first start makes {file}")]
    url = settings.database or database.embedded_url(settings.state)
    try:
        await database.check_head(url)
    except database.DatabaseBehind as behind:
        if settings.database is None:
            return [ok(PART, "older than this zaiseki; the next start brings it up to date")]
        return [fail(PART, str(behind))]
    except database.DatabaseProblem as problem:
        return [fail(PART, str(problem))]
    return await looked_at(url)


async def looked_at(url: str) -> list[Finding]:
    engine = database.engine(url)
    try:
        async with engine.connect() as conn:
            return judged(await health(conn), database.shown(url))
    except database.FAULTS as wrong:
        said = first_line(getattr(wrong, "orig", None) or wrong)
        return [fail(PART, f"{database.shown(url)} takes no writes: {said}; use its primary")]
    finally:
        await engine.dispose()


def judged(found: Health, where: str) -> list[Finding]:
    said = (
        f"{found.version} at {where}: at head, answers in {found.answer_s * 1000:.1f} ms,"
        f" commits in {found.commit_s * 1000:.1f} ms"
    )
    findings = [ok(PART, said), *clock(PART, found.clock_ahead_s)]
    if found.answer_s > SLOW_ANSWER_S:
        findings.append(warn(PART, "answers slowly; bring the database nearer to the hub"))
    if found.commit_s > SLOW_COMMIT_S:
        findings.append(warn(PART, "commits slowly, and acks wait for it; give it a faster disk"))
    for name in found.undurable:
        lost = "what is acknowledged may be lost in a power cut"
        findings.append(fail(PART, f"{name} is off: {lost}; switch it on for this database"))
    if found.free_connections is not None and found.free_connections < CONNECTIONS_PER_NODE:
        left = f"{found.free_connections} connections are free and a node takes up to"
        findings.append(warn(PART, f"{left} {CONNECTIONS_PER_NODE}; raise max_connections"))
    return findings


async def agents_expected(settings: Settings) -> int | None:
    """How many the record knows; None where it cannot be asked."""
    url = settings.database or database.embedded_url(settings.state)
    try:
        await database.check_head(url)
    except database.DatabaseProblem:
        return None
    engine = database.engine(url)
    try:
        async with engine.connect() as conn:
            return await active_devices(conn)
    except database.FAULTS:
        return None
    finally:
        await engine.dispose()
