"""An icon that says what is on, where the desktop has a tray and `zaiseki[tray]` is installed."""

import asyncio
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from agent.run import Agent

SIDE_PX = 64
EVERY_S = 1.0
PAUSE_S = 900.0
PAUSE_WORD = "トレイから / from the tray"
# The tokens of the board: a filled dot present, two bars paused, an empty ring closed.
ON, PAUSED, CLOSED = "#3d9489", "#8c77b2", "#7f8987"


def words(agent: Agent) -> tuple[str, str]:
    """Which picture, and its words in Japanese and English."""
    if agent.paused:
        return "paused", "一時停止中: カメラ オフ / paused, camera off"
    if agent.now().camera == "on":
        live = "・ライブで見られています / seen live" if agent.views.active else ""
        return "on", f"カメラ オン / camera on{live}"
    return "closed", "カメラ オフ / camera off"


class Tray:
    """One agent's icon; `run` ends with the agent."""

    def __init__(self, agent: Agent, url: str) -> None:
        self._agent, self._url = agent, url

    async def run(self) -> None:
        """Without a tray nothing happens: the page says the same."""
        loop = asyncio.get_running_loop()
        icon = self._icon(lambda call: loop.call_soon_threadsafe(call))
        if icon is None:
            return
        shown = ""
        try:
            while True:
                kind, said = words(self._agent)
                if said != shown:
                    shown = said
                    icon.icon, icon.title = picture(kind), said
                await asyncio.sleep(EVERY_S)
        finally:
            with suppress(Exception):  # a desktop that has gone takes its tray along
                icon.stop()

    def _icon(self, post: Callable[[Callable[[], None]], object]) -> Any:
        try:
            import pystray

            menu = pystray.Menu(
                pystray.MenuItem(
                    "開く / open", lambda *_: webbrowser.open(self._url), default=True
                ),
                pystray.MenuItem("15分 一時停止 / pause", lambda *_: post(self._pause)),
                pystray.MenuItem("再開 / resume", lambda *_: post(self._agent.resume)),
            )
            icon = pystray.Icon("zaiseki", picture("closed"), "zaiseki", menu)
            icon.run_detached()
        except Exception:  # pystray raises what its desktop's library raises, at import too
            return None
        return icon

    def _pause(self) -> None:
        self._agent.pause(PAUSE_WORD, time.time() + PAUSE_S)


def picture(kind: str) -> Any:
    """Shape first, colour second."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    draw = ImageDraw.Draw(image)
    if kind == "paused":
        for left in (16, 38):
            draw.rectangle((left, 12, left + 10, 52), fill=PAUSED)
    elif kind == "on":
        draw.ellipse((8, 8, 56, 56), fill=ON)
    else:
        draw.ellipse((8, 8, 56, 56), outline=CLOSED, width=8)
    return image
