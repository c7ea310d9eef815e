"""Every page there is, from the product's own table of them."""

import json
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

from hub.access import Role
from hub.notifying import JAPAN
from scripts.npm import node
from storage.people.password_links import PATHS, LinkKind, open_link
from tests.e2e.furnished import Furnished
from tests.e2e.site import Site

TABLE = Path(__file__).resolve().parents[2] / "web" / "src" / "shell" / "pages.ts"
TELL = "console.log(JSON.stringify({ pages: PAGES, open: OPEN }))"
KINDS: tuple[LinkKind, ...] = ("reset", "invitation")
# Pages that show more than one thing, by what stands after their path.
VIEWS = {
    "/": ("", "?density=row", "?density=wall", "?at={then}"),
    "/people": ("?member={member}",),
    "/pair": ("", "?code={code}"),
}


class Entry(TypedDict):
    path: str
    roles: list[str]


class Pages(TypedDict):
    pages: list[Entry]
    open: list[str]


def told() -> Pages:
    """The product's own table, read as the browser's code has it."""
    script = f"import {{ PAGES, OPEN }} from {json.dumps(TABLE.as_uri())}; {TELL}"
    command = [str(node()), "--input-type=module", "--eval", script]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    pages: Pages = json.loads(answer.stdout)
    return pages


def addresses(role: Role, here: Furnished, code: str) -> Sequence[str]:
    """What somebody opens: an administrator all but what others have alone."""
    then = datetime.now(JAPAN) - timedelta(hours=1)
    found = []
    for page in told()["pages"]:
        mine = role in page["roles"]
        theirs = role is Role.OPERATOR and Role.ADMINISTRATOR in page["roles"]
        views = VIEWS.get(page["path"], ("",))[: None if role is Role.ADMINISTRATOR else 1]
        if mine and not theirs:
            found += [page["path"] + view for view in views]
    return [
        one.format(then=f"{then:%Y-%m-%dT%H:%M}", member=here.worker, code=code) for one in found
    ]


async def open_addresses(site: Site, here: Furnished) -> Sequence[str]:
    """What anybody opens, and who was sent a link."""
    now = datetime.now(JAPAN)
    office, somebody = here.of(Role.WORKER)
    async with site.hub.engine.begin() as conn:
        links = [
            f"/{PATHS[kind]}?token={await open_link(conn, office.id, somebody, kind, now)}"
            for kind in KINDS
        ]
    return ["/", *told()["open"], *links]
