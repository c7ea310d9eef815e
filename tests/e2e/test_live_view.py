"""A live view as people have it: asked on the board, allowed at the PC, seen in the browser."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page
from sqlalchemy import select

from agent.enrolment.gallery import Gallery
from agent.run import Agent
from agent.settings import Settings
from agent.vision.eyes import Eyes
from agent.vision.sharing import SharedEyes
from hub.access import Role
from storage.models.images import Viewing
from tests.clock import until
from tests.e2e.visitors import Visitors
from tests.hubs import Running, running
from tests.webrtc import own_names

__all__ = ["own_names"]

WITHIN_S = 30.0
PATTERN = "lavfi:testsrc=size={size}:rate=15"

FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"
SIZE = "video => [video.videoWidth, video.videoHeight]"
# How unlike the four quarters of the picture are: a grey or green square has nothing in it.
DETAIL = """video => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 48];
  const paint = canvas.getContext("2d");
  paint.drawImage(video, 0, 0, 64, 48);
  const { data } = paint.getImageData(0, 0, 64, 48);
  return new Set(Array.from({ length: data.length / 4 }, (_, at) =>
    [0, 1, 2].map((of) => data[at * 4 + of] >> 6).join())).size;
}"""


@dataclass
class Desk:
    """The worker's PC and the administrator's board."""

    hub: Running
    member: int
    agent: Agent
    page: Page

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="moriさんさんのライブ映像")

    @property
    def video(self) -> Locator:
        return self.page.get_by_label("moriさんさんのカメラの映像")

    async def gives_up(self) -> None:
        """Escape closes the question, and not the person behind it."""
        await self.page.click(f'[data-member="{self.member}"] button')
        await self.page.get_by_role("button", name="ライブ映像を依頼").click()
        await self.dialog.get_by_label("目的").wait_for()
        await self.page.keyboard.press("Escape")
        await self.dialog.wait_for(state="hidden")

    async def asks(self, purpose: str = "勤務状況の確認") -> None:
        await self.page.get_by_role("button", name="ライブ映像を依頼").click()
        await self.dialog.get_by_label("目的").select_option(purpose)
        await self.dialog.get_by_role("button", name="依頼する").click()

    async def says(self, word: str) -> None:
        await self.dialog.get_by_text(re.compile(word)).wait_for()

    async def frames(self) -> int:
        return int(await self.video.evaluate(FRAMES))

    async def viewings(self) -> list[Viewing]:
        async with self.hub.engine.connect() as conn:
            return [Viewing(**row._mapping) for row in await conn.execute(select(Viewing))]


@asynccontextmanager
async def desk(
    browser: Browser, state: Path, known: Gallery, eyes: Eyes, size: str
) -> AsyncIterator[Desk]:
    async with running(state / "hub", pace=1) as hub:
        office = await hub.office()
        mori, pc = await office.worker("mori", [office.at.tokyo])
        boss = await office.member("boss", Role.SUPERVISOR, supervises=[office.at.sales])
        settings = Settings(hub=hub.url, source=PATTERN.format(size=size))
        shared = SharedEyes(eyes, threading.Lock())
        agent = Agent(state / "agent", settings, pc.token, known, shared)
        task = asyncio.create_task(agent.run())
        visitors = Visitors(browser, hub.url)
        try:
            page = await visitors.signed_in(await office.signed_in(boss))
            yield Desk(hub, mori, agent, page)
        finally:
            await visitors.leave()
            agent.stop()
            await task


@pytest.mark.requirement("R45")
@pytest.mark.parametrize(("width", "height"), [(640, 480), (640, 360)])
async def test_a_supervisor_sees_the_camera_once_the_worker_agreed(
    width: int,
    height: int,
    tmp_path: Path,
    chromium: Browser,
    enrolled: Callable[[str], Gallery],
    eyes: Eyes,
) -> None:
    known = enrolled("maple")
    async with desk(chromium, tmp_path, known, eyes, f"{width}x{height}") as here:
        await here.gives_up()
        await here.asks()
        await until(lambda: here.agent.views.pending, WITHIN_S)
        (question,) = here.agent.views.pending
        assert (question.by, question.purpose) == ("bossさん", "work_check")
        await here.says("返事を待っています")
        assert await here.viewings() == []

        assert here.agent.views.accept(question.view)
        await here.says("記録され、本人に表示されています")

        async def moves() -> bool:
            return await here.frames() >= 30

        await until(moves, WITHIN_S)
        assert await here.video.evaluate(SIZE) == [width, height]
        assert await here.video.evaluate(DETAIL) > 8
        assert [one.by for one in here.agent.views.active] == ["bossさん"]
        (row,) = await here.viewings()
        assert (row.kind, row.purpose, row.member_id) == ("live", "work_check", here.member)

        await here.dialog.get_by_role("button", name="終了する").click()
        await here.says("視聴を終了しました")
        await until(lambda: not here.agent.views.active)
        assert not here.agent.pictures.wanted

        async def ended() -> bool:
            return (await here.viewings())[0].ended_at is not None

        await until(ended)
