"""The board in a browser, on a real hub with a simulated fleet: `python -m tests.bench.board`.

Frame times are the browser's own (requestAnimationFrame); `fps_p5` is what 95 % of the frames keep
to, `long_tasks` are those over 50 ms (Long Tasks API), `main_thread_percent` is the CPU time of
the page's main thread, and `heap_mb` what its scripts hold after a collection. Idle
is a board that nobody touches, scrolling one whose wheel turns all the time. Hub and fleet, which
are not on the reader's PC in life, yield to the browser where they share its cores.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import cycle, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from playwright.async_api import CDPSession, Page

from hub.access import Role
from tests.bench.machine import machine, percentile, result
from tests.hubs import COMMAND, ROOT, Office, Running, spawned
from tests.servers import CHROMIUM, browser

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

SETTLE_S = 5.0
WHEEL_PX = 120  # what a mouse wheel turns by
WHEEL_EVERY_S = 0.05
NICENESS = 10
PROFILE_EVERY_US = 200
PROFILE_LINES = 25
READY = '[data-link="live"] :is([data-member], [data-cells])'

# Notes the time of every frame, and every long task, from now on.
WATCH = """() => {
  window.frames_ = []; window.long_ = 0;
  const note = (at) => { window.frames_.push(at); window.frame_ = requestAnimationFrame(note); };
  window.frame_ = requestAnimationFrame(note);
  window.tasks_ = new PerformanceObserver((list) => { window.long_ += list.getEntries().length; });
  window.tasks_.observe({ type: "longtask" });
}"""
SEEN = """() => {
  cancelAnimationFrame(window.frame_); window.tasks_.disconnect();
  return { frames: window.frames_, long: window.long_ };
}"""

Figures = Mapping[str, float]


async def measured(page: Page, cdp: CDPSession, seconds: float, scroll: bool) -> Figures:
    """What the page did in that time."""
    await page.evaluate(WATCH)
    before = await metrics(cdp)
    turning = asyncio.create_task(turn(page)) if scroll else None
    await asyncio.sleep(seconds)
    if turning:
        turning.cancel()
    after = await metrics(cdp)
    seen = await page.evaluate(SEEN)
    frames: list[float] = seen["frames"]
    gaps = [late - early for early, late in pairwise(frames)]
    await cdp.send("HeapProfiler.collectGarbage")
    held = await metrics(cdp)
    return {
        "fps_p5": 1000 / percentile(gaps, 95),
        "fps": len(gaps) / seconds,
        "frame_ms_max": max(gaps),
        "long_tasks": seen["long"],
        "main_thread_percent": 100 * (after["TaskDuration"] - before["TaskDuration"]) / seconds,
        "script_percent": 100 * (after["ScriptDuration"] - before["ScriptDuration"]) / seconds,
        "heap_mb": held["JSHeapUsedSize"] / 2**20,
    }


async def profiled(page: Page, cdp: CDPSession, seconds: float) -> list[str]:
    """Where the main thread of a scrolling page is, by the functions that it is in."""
    await cdp.send("Profiler.enable")
    await cdp.send("Profiler.setSamplingInterval", {"interval": PROFILE_EVERY_US})
    await cdp.send("Profiler.start")
    turning = asyncio.create_task(turn(page))
    await asyncio.sleep(seconds)
    turning.cancel()
    profile = (await cdp.send("Profiler.stop"))["profile"]
    places = {node["id"]: place(node["callFrame"]) for node in profile["nodes"]}
    spent: Counter[str] = Counter()
    for node, delta_us in zip(profile["samples"], profile["timeDeltas"], strict=True):
        spent[places[node]] += delta_us
    whole = sum(spent.values())
    return [f"{100 * us / whole:5.1f} %  {at}" for at, us in spent.most_common(PROFILE_LINES)]


def place(frame: Mapping[str, Any]) -> str:
    file = str(frame["url"]).rpartition("/")[2]
    return f"{frame['functionName']} {file}:{frame['lineNumber'] + 1}:{frame['columnNumber'] + 1}"


async def metrics(cdp: CDPSession) -> dict[str, float]:
    told = await cdp.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in told["metrics"]}


async def turn(page: Page) -> None:
    """The wheel, down the whole floor and up again; the page is asked for its height only once."""
    far = await page.evaluate("document.body.scrollHeight - innerHeight")
    for way in cycle((WHEEL_PX, -WHEEL_PX)):
        for _ in range(0, far, WHEEL_PX):
            await page.mouse.wheel(0, way)
            await asyncio.sleep(WHEEL_EVERY_S)


def yielding(process: int) -> None:
    """Every thread of a process that runs, and of its children, gives way to others."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)
        for child in Path(thread, "children").read_text().split():
            yielding(int(child))


@asynccontextmanager
async def fleet(hub: Running, office: Office, seats: int, rate: float) -> AsyncIterator[None]:
    """`zaiseki simulate`, from when all its devices are live until we are done."""
    tenant = office.at.tenant.system_id
    words = ["simulate", str(seats), "--changes-per-second", str(rate), "--seed", "1"]
    where = ["--state", str(hub.settings.state), "--hub", hub.url, "--tenant", tenant]
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *words, *where, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    yielding(process.pid)
    try:
        said = (await process.stdout.readline()).decode()
        assert said.startswith(f"{seats} of {seats} devices"), said
        print(said, end="", file=sys.stderr)
        yield
        process.terminate()
        print((await process.stdout.read()).decode(), end="", file=sys.stderr)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def opened(hub: Running, token: str, query: str) -> AsyncIterator[Page]:
    """A live board of somebody who is signed in."""
    async with browser(CHROMIUM) as chromium:
        context = await chromium.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 900}
        )
        cookie = {"name": "zaiseki_session", "value": token, "url": hub.url}
        await context.add_cookies([cast("SetCookieParam", cookie)])
        page = await context.new_page()
        await page.goto(f"{hub.url}/{query}")
        await page.wait_for_selector(READY)
        yield page


async def bench(options: argparse.Namespace) -> dict[str, Any]:
    query = "" if options.density == "tile" else f"?density={options.density}"
    with tempfile.TemporaryDirectory(prefix="zaiseki-bench-") as folder:
        async with spawned(Path(folder, "hub"), pace=1) as hub:
            assert hub.process
            yielding(hub.process.pid)
            office = await hub.office()
            token = await office.signed_in(await office.member("boss", Role.ADMINISTRATOR))
            async with (
                fleet(hub, office, options.seats, options.rate),
                opened(hub, token, query) as page,
            ):
                cdp = await page.context.new_cdp_session(page)
                await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
                await asyncio.sleep(SETTLE_S)
                idle = await measured(page, cdp, options.seconds, scroll=False)
                await page.mouse.move(500, 600)
                scrolling = await measured(page, cdp, options.seconds, scroll=True)
                if options.profile:
                    print(*await profiled(page, cdp, options.seconds), sep="\n")
    return told(idle, scrolling)


def told(idle: Figures, scrolling: Figures) -> dict[str, Any]:
    """One line: the worse of both, then each by itself."""
    worse = {
        "fps_p5": min(idle["fps_p5"], scrolling["fps_p5"]),
        "long_tasks": max(idle["long_tasks"], scrolling["long_tasks"]),
        "main_thread_percent": max(idle["main_thread_percent"], scrolling["main_thread_percent"]),
        "heap_mb": max(idle["heap_mb"], scrolling["heap_mb"]),
    }
    each = {"idle": idle, "scrolling": scrolling}
    return worse | {
        f"{when}_{name}": value for when, of in each.items() for name, value in of.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.board",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seats", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=100, help="changes a second, of all together")
    parser.add_argument("--seconds", type=float, default=20, help="idle, and again scrolling")
    parser.add_argument("--density", choices=["tile", "row", "wall"], default="tile")
    parser.add_argument("--profile", action="store_true", help="print where the time goes, too")
    options = parser.parse_args()
    figures = asyncio.run(bench(options))
    print(f"{options.seats} seats, {options.rate} changes/s as {options.density}; {machine()}")
    of = {"seats": options.seats, "rate": options.rate, "density": options.density}
    result(of | figures)


if __name__ == "__main__":
    main()
