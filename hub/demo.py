"""The demo: a tenant made through the same operations as any other, played by real agents."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from hub.app import opened
from hub.identity import passwords
from hub.live.embedded import die_with_parent
from hub.serving import StartFailed
from hub.settings import Settings
from storage.consent.charters import NewCharter, publish
from storage.people.groups import add_group
from storage.people.members import add_member
from storage.people.tenants import create_tenant, tenant_by_system_id, tenants
from storage.seats.pairings import Waiting, answer, begin_pairing, poll

STOP_WITHIN_S = 3.0

GROUPS = ("営業部", "開発部")
WORKERS = {
    "sato": ("佐藤 美咲", "営業部"),
    "suzuki": ("鈴木 葵", "営業部"),
    "takahashi": ("高橋 結衣", "営業部"),
    "tanaka": ("田中 蓮", "営業部"),
    "ito": ("伊藤 健", "開発部"),
    "watanabe": ("渡辺 大輔", "開発部"),
    "kobayashi": ("小林 陽菜", "開発部"),
}


CHARTER = NewCharter(
    purpose="在宅勤務中の在席を確かめ、のぞき見や画面の撮影から情報を守るため。"
    "人事評価や常時の監視には使いません。",
    responsible="総務部長 管理 太郎",
    contact="総務部 個人情報相談窓口 privacy@example.com",
    rules="勤務中だけ撮影します。画像はインシデントのときだけ送り、3か月で消します。"
    "監視責任者が年に一度、この規程のとおりかを監査します。",
    viewers="本人、所属グループの上司、管理者",
    audit_on=date(2027, 3, 31),
)


class Demo(msgspec.Struct, frozen=True):
    """What a later start must know of the first one."""

    system_id: str
    password: str


@asynccontextmanager
async def played(settings: Settings) -> AsyncIterator[list[str]]:
    """The demo's tenant and its running agents; yields what a visitor must know to sign in."""
    if find_spec("insightface") is None:
        raise StartFailed("the demo needs the agent: pip install 'zaiseki[agent]', or use --empty")
    folder = settings.state / "demo"
    async with opened(settings) as engine, engine.begin() as conn:
        demo = await prepared(conn, folder)
    async with agents(folder, settings.url):
        yield [
            "demo sign-ins, all with the password " + demo.password,
            "  admin     管理者: sees everybody",
            "  bucho     上司: sees 営業部 only",
            "  sato      本人: sees herself",
            "the demo's cameras are being composed; the first seats come alive within a minute",
        ]


async def prepared(conn: AsyncConnection, folder: Path) -> Demo:
    """The demo of an earlier start, or a new one; never in somebody's own installation."""
    kept = folder / "demo.json"
    if kept.exists():
        demo = msgspec.json.decode(kept.read_bytes(), type=Demo)
        if await tenant_by_system_id(conn, demo.system_id):
            return demo
    if await tenants(conn):
        raise StartFailed("this record is in use; start with --empty, or choose another --state")
    demo = await populate(conn, folder / "agents", passwords.generated())
    keep(kept, msgspec.json.encode(demo))
    return demo


async def populate(conn: AsyncConnection, folder: Path, password: str) -> Demo:
    now = datetime.now(UTC)
    hashed = await passwords.hash_aside(password)
    tenant = await create_tenant(conn, "在席デモ株式会社", now)
    groups = {name: await add_group(conn, tenant.id, name) for name in GROUPS}

    async def member(
        login: str, name: str, role: Role, of: Sequence[int] = (), over: Sequence[int] = ()
    ) -> int:
        return await add_member(
            conn,
            tenant.id,
            login=login,
            name=name,
            role=role,
            password_hash=hashed,
            now=now,
            groups=of,
            supervises=over,
        )

    admin = await member("admin", "管理 太郎", Role.ADMINISTRATOR)
    await publish(conn, tenant.id, CHARTER, admin, now)
    await member("bucho", "営業 部長", Role.SUPERVISOR, over=[groups["営業部"]])
    for login, (name, group) in WORKERS.items():
        worker = await member(login, name, Role.WORKER, of=[groups[group]])
        token = await paired(conn, tenant.id, worker, now)
        keep(folder / login / "token", token.encode())
    return Demo(tenant.system_id, password)


async def paired(conn: AsyncConnection, tenant: int, worker: int, now: datetime) -> str:
    """The PC asks, its worker confirms the code, and the PC has its token."""
    asked = await begin_pairing(conn, "PC", "127.0.0.1", now)
    await answer(conn, asked.user_code, tenant, worker, True, None, now)
    device = await poll(conn, asked.device_code, now)
    if isinstance(device, Waiting):
        raise StartFailed(f"the demo's PCs cannot be paired ({device})")
    return device.device.token


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
