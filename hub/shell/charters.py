"""`zaiseki charter`: publish the monitoring charter of a tenant from a shell, and show it."""

from datetime import date

from hub.shell.task import Task
from storage.consent.charters import NewCharter, NoticeTooShort, charters, publish
from storage.proof import log

TEXTS = ("purpose", "responsible", "contact", "rules", "viewers")


class CharterRefused(Exception):
    """The charter cannot be published; the message is one line that says what to do."""


async def charter_publish(task: Task) -> None:
    tenant = await task.tenant()
    options = task.options
    try:
        audit_on = date.fromisoformat(options.audit_on)
    except ValueError:
        raise CharterRefused(f"--audit-on {options.audit_on!r} is no date: 2027-03-31") from None
    texts = {name: getattr(options, name).strip() for name in TEXTS}
    if empty := next((name for name, text in texts.items() if not text), None):
        raise CharterRefused(f"--{empty} says nothing: everything has to be filled in")
    new = NewCharter(**texts, audit_on=audit_on, hurry=options.hurry)
    try:
        version, at = await publish(task.conn, tenant.id, new, None, task.now)
    except NoticeTooShort:
        raise CharterRefused(
            "a changed charter counts after 30 days; or give --hurry WHY"
        ) from None
    subject = {"version": version, "effective_at": at.timestamp(), "hurry": bool(new.hurry)}
    await log.write(task.conn, tenant.id, log.What.CHARTER_CHANGED, None, subject, task.now)
    print(f"version {version} of the charter counts from {at:%Y-%m-%dT%H:%MZ}")


async def charter_show(task: Task) -> None:
    rows = await charters(task.conn, (await task.tenant()).id)
    if not rows:
        print("there is no charter yet: nothing is captured until one is published")
    for row in rows:
        state = "in force" if row.in_force else "to come"
        print(f"{row.text.version}\t{state}\t{row.published_at:%Y-%m-%d}\t{row.text.purpose}")
