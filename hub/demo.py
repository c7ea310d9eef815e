"""The demo: a tenant made through the same operations as any other, played by real agents."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec

from hub.access import Role
from hub.client import is_loopback
from hub.identity import passwords
from hub.live.embedded import die_with_parent
from hub.opening import opened
from hub.serving import StartFailed
from hub.settings import Settings
from storage.people.setup import open_link
from storage.people.tenants import tenant_by_system_id

STOP_WITHIN_S = 3.0
ANSWER_WITHIN_S = 30.0

COMPANY = "在席デモ株式会社"
GROUPS = ("営業部", "開発部")
PEOPLE = {
    "bucho": ("営業 部長", Role.SUPERVISOR, "営業部"),
    "sato": ("佐藤 美咲", Role.WORKER, "営業部"),
    "suzuki": ("鈴木 葵", Role.WORKER, "営業部"),
    "takahashi": ("高橋 結衣", Role.WORKER, "営業部"),
    "tanaka": ("田中 蓮", Role.WORKER, "営業部"),
    "ito": ("伊藤 健", Role.WORKER, "開発部"),
    "watanabe": ("渡辺 大輔", Role.WORKER, "開発部"),
    "kobayashi": ("小林 陽菜", Role.WORKER, "開発部"),
}
CHARTER = {
    "purpose": "在宅勤務中の在席を確かめ、のぞき見や画面の撮影から情報を守るため。"
    "人事評価や常時の監視には使いません。",
    "responsible": "総務部長 管理 太郎",
    "contact": "総務部 個人情報相談窓口 privacy@example.com",
    "rules": "勤務中だけ撮影します。画像はインシデントのときだけ送り、3か月で消します。"
    "監視責任者が年に一度、この規程のとおりかを監査します。",
    "viewers": "本人、所属グループの上司、管理者",
    "audit_on": "2027-03-31",
}
TOKEN = "token"  # in an agent's folder
GRANT = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 3.4


class Demo(msgspec.Struct, frozen=True):
    """What a later start must know of the first one."""

    system_id: str
    password: str


class Visitor:
    """Somebody who uses the hub's REST operations, as any other program may."""

    def __init__(self, http: httpx2.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str) -> dict[str, Any]:
        return await self._answer("GET", path)

    async def post(self, path: str, **said: object) -> dict[str, Any]:
        return await self._answer("POST", path, json=said)

    async def post_form(self, path: str, **said: str) -> dict[str, Any]:
        return await self._answer("POST", path, data=said)

    async def sign_in(self, login: str, password: str) -> "Visitor":
        asked = {"login": login, "password": password, "kind": "terminal"}
        return Visitor(self._http, (await self.post("/session", **asked))["token"])

    async def sign_out(self) -> None:
        await self._answer("DELETE", "/session")

    async def _answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Raise StartFailed with the problem that the hub has."""
        answer = await self._http.request(method, f"/api/v1{path}", headers=self._headers, **more)
        self._http.cookies.clear()  # a program is no browser
        if answer.is_error:
            raise StartFailed(f"the demo cannot be made: {method} {path} says {answer.text}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


@asynccontextmanager
async def played(settings: Settings) -> AsyncIterator[list[str]]:
    """The demo's tenant and its running agents; yields what a visitor must know to sign in."""
    if find_spec("insightface") is None:
        raise StartFailed("the demo needs the agent: pip install 'zaiseki[agent]', or use --empty")
    folder = settings.state / "demo"
    demo = await prepared(settings, folder)
    async with agents(folder, settings.url):
        yield [
            "demo sign-ins, all with the password " + demo.password,
            "  admin     管理者: sees everybody",
            "  bucho     上司: sees 営業部 only",
            "  sato      本人: sees herself",
            "the demo's cameras are being composed; the first seats come alive within a minute",
        ]


async def prepared(settings: Settings, folder: Path) -> Demo:
    """The demo of an earlier start, or a new one; never in somebody's own installation."""
    kept = folder / "demo.json"
    demo = msgspec.json.decode(kept.read_bytes(), type=Demo) if kept.exists() else None
    async with opened(settings) as engine, engine.begin() as conn:
        ours = demo is not None and await tenant_by_system_id(conn, demo.system_id) is not None
        link = None if ours else await open_link(conn, datetime.now(UTC))
    try:
        async with connected(settings.url) as http:
            visitor = Visitor(http)
            if demo is None or not ours:
                demo = await begun(visitor, link)
                keep(kept, msgspec.json.encode(demo))
            await populate(visitor, folder / "agents", demo.password)
    except httpx2.HTTPError as failed:
        raise StartFailed(f"the demo cannot be made at {settings.url}: {failed}") from None
    return demo


def connected(url: str) -> httpx2.AsyncClient:
    here = is_loopback(urlsplit(url).hostname or "")
    return httpx2.AsyncClient(base_url=url, timeout=ANSWER_WITHIN_S, trust_env=not here)


async def begun(visitor: Visitor, link: str | None) -> Demo:
    """The tenant and its administrator, by the link of an empty start."""
    if link is None:
        raise StartFailed("this record is in use; start with --empty, or choose another --state")
    password = passwords.generated()
    first = {"company": COMPANY, "name": "管理 太郎", "login": "admin", "password": password}
    made = await visitor.post("/setup", token=link, **first)
    return Demo(made["tenant"]["system_id"], password)


async def populate(visitor: Visitor, folder: Path, password: str) -> None:
    """What is missing of the demo, which may have been killed while it was made."""
    tokens = {login: folder / login / TOKEN for login in PEOPLE}
    missing = [login for login, file in tokens.items() if not file.exists()]
    if missing == ["bucho"]:  # he comes first, and has no PC
        return
    admin = await visitor.sign_in("admin", password)
    groups = {one["name"]: one["id"] for one in (await admin.get("/groups"))["items"]}
    for name in GROUPS:
        if name not in groups:
            groups[name] = (await admin.post("/groups", name=name))["id"]
    if "current" not in await admin.get("/charter"):
        await admin.post("/charter", **CHARTER)
    people = {one["login"]: one["id"] for one in (await admin.get("/members"))["items"]}
    for login in missing:
        name, role, group = PEOPLE[login]
        if login not in people:
            of = {"supervises" if role is Role.SUPERVISOR else "groups": [groups[group]]}
            made = await admin.post("/members", login=login, name=name, role=role, **of)
            people[login] = made["id"]
        invited = await admin.post(f"/members/{people[login]}/invitation")
        (token,) = parse_qs(urlsplit(invited["link"]).query)["token"]
        await visitor.post("/links", token=token, password=password)
        if role is Role.WORKER:
            keep(tokens[login], (await paired(visitor, login, password)).encode())
    await admin.sign_out()


async def paired(visitor: Visitor, login: str, password: str) -> str:
    """The PC asks, its worker confirms the code, and the PC has its token."""
    asked = await visitor.post_form("/pairing/device_authorization", name="PC")
    worker = await visitor.sign_in(login, password)
    await worker.post(f"/pairings/{asked['user_code']}", accept=True)
    await worker.sign_out()
    given = {"grant_type": GRANT, "device_code": asked["device_code"]}
    return str((await visitor.post_form("/pairing/token", **given))["access_token"])


def keep(file: Path, secret: bytes) -> None:
    """Only its owner reads it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(secret)


@asynccontextmanager
async def agents(folder: Path, url: str) -> AsyncIterator[None]:
    """The agents' process; it ends with us, whatever becomes of us."""
    with (folder / "agents.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent.demo", str(folder / "agents"), "--hub", url,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=die_with_parent(),
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
