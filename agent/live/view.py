"""Live views of this worker: who asks is shown, and nothing is sent before the worker says yes."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from agent.cameras.pictures import Pictures
from hub.protocol import viewing
from hub.protocol.live_view import SdpKind, ViewAnswered, ViewAsked, ViewEnd, ViewEnded, ViewSignal
from hub.protocol.session import ViewNews
from hub.protocol.viewing import Stage, Viewing

if TYPE_CHECKING:
    from agent.live.webrtc import Sender

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """A view as the worker is told of it. `since` is the time of day of its question.

    `left_s` are the seconds until a question is refused by itself, or until a view ends by itself.
    """

    view: str
    by: str
    purpose: str
    since: float
    left_s: float


@dataclass(eq=False)
class Held:
    question: ViewAsked
    viewing: Viewing
    stack: ExitStack = field(default_factory=ExitStack)
    sender: "Sender | None" = None


class LiveViews:
    """`pending` questions, `active` views, and the worker's word on them; on the event loop only.

    `say` sends to the hub; `forbidden` tells why nobody may be asked at the moment, if so.
    `watch` has functions that are called after every change, for pages, trays and prompts.
    """

    def __init__(
        self,
        pictures: Pictures,
        say: Callable[[Struct], None],
        forbidden: Callable[[], ViewEnd | None],
    ) -> None:
        self.watch: list[Callable[[], None]] = []
        self._pictures = pictures
        self._say = say
        self._forbidden = forbidden
        self._held: dict[str, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # ---- the worker's side

    @property
    def pending(self) -> list[Seen]:
        """Who waits for an answer, the longest first."""
        return self._seen(Stage.ASKED)

    @property
    def active(self) -> list[Seen]:
        """Who looks, or is being connected."""
        return self._seen(Stage.ACCEPTED, Stage.CONNECTED)

    def accept(self, view: str) -> bool:
        """Whether the question was still open."""
        held = self._held.get(view)
        if held is None or held.viewing.stage is not Stage.ASKED:
            return False
        held.viewing = viewing.answered(held.viewing, True, time.monotonic())
        held.stack.enter_context(self._pictures.looking())
        self._say(ViewAnswered(view, accepted=True))
        self._do(self._offer(held))
        self._changed()
        return True

    def refuse(self, view: str) -> bool:
        """Whether the question was still open."""
        held = self._held.get(view)
        if held is None or held.viewing.stage is not Stage.ASKED:
            return False
        self._say(ViewAnswered(view, accepted=False))
        self._end(held, ViewEnd.REFUSED, told=True)
        return True

    def end(self, view: str) -> bool:
        """The worker has had enough of it; whether it was still on."""
        held = self._held.get(view)
        if held is None:
            return False
        self._end(held, ViewEnd.WORKER_ENDED)
        return True

    # ---- the hub's side

    def heard(self, news: ViewNews) -> None:
        match news:
            case ViewAsked():
                self._asked(news)
            case ViewSignal() if held := self._held.get(news.view):
                if held.sender and news.kind is SdpKind.ANSWER:
                    self._do(self._answered(held, held.sender, news.sdp))
            case ViewEnded() if held := self._held.get(news.view):
                self._end(held, news.reason, told=True)

    def lost(self) -> None:
        """Without a line to the hub nobody could stop a view, so all stop."""
        for held in list(self._held.values()):
            self._end(held, ViewEnd.AGENT_LEFT, told=True)

    def beat(self) -> None:
        """To be called about once a second."""
        now, forbidden = time.monotonic(), self._forbidden()
        for held in list(self._held.values()):
            after = viewing.waited(held.viewing, now)
            if why := after.end or forbidden:
                self._end(held, why)

    async def close(self) -> None:
        """The agent stops."""
        for held in list(self._held.values()):
            self._end(held, ViewEnd.WORKER_ENDED)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- inside

    def _seen(self, *stages: Stage) -> list[Seen]:
        now = time.monotonic()
        return [
            Seen(
                one.question.view, one.question.by, one.question.purpose, one.question.at,
                max(0.0, one.viewing.until - now),
            )
            for one in self._held.values()
            if one.viewing.stage in stages
        ]  # fmt: skip

    def _asked(self, question: ViewAsked) -> None:
        if question.view in self._held:
            return
        held = (one.viewing for one in self._held.values())
        if why := self._forbidden() or viewing.admitted(held):
            log.info("%s asked for a live view, which is refused: %s", question.by, why)
            self._say(ViewEnded(question.view, why))
            return
        self._held[question.view] = Held(question, viewing.asked(question.view, time.monotonic()))
        log.info("%s asks for a live view (%s)", question.by, question.purpose)
        self._changed()

    async def _offer(self, held: Held) -> None:
        from agent.live.webrtc import Sender  # 70 MB that an agent without viewers does not need

        view = held.question.view
        sender = Sender(self._pictures, held.question.ice, lambda state: self._moved(view, state))
        held.sender = sender
        offer = await sender.offer()
        if held.viewing.over:  # it ended before there was anything to close
            await sender.close()
        else:
            self._say(ViewSignal(view, SdpKind.OFFER, offer))

    async def _answered(self, held: Held, sender: "Sender", sdp: str) -> None:
        try:
            await sender.answered(sdp)
        except Exception as wrong:  # whatever a browser sends: its view fails, the agent does not
            log.warning("a viewer's answer cannot be used: %s", wrong)
            self._end(held, ViewEnd.NO_WAY)

    def _moved(self, view: str, state: str) -> None:
        held = self._held.get(view)
        if held is None:
            return
        if state == "connected":
            held.viewing = viewing.connected(held.viewing, time.monotonic())
            log.info("%s sees the camera live", held.question.by)
            self._changed()
        elif state in ("failed", "closed"):
            self._end(held, ViewEnd.NO_WAY)

    def _end(self, held: Held, why: ViewEnd, told: bool = False) -> None:
        """Over for this agent; `told` if the hub knows already."""
        view = held.question.view
        if self._held.pop(view, None) is None:
            return
        held.viewing = viewing.ended(held.viewing, why)
        held.stack.close()
        log.info("the live view of %s is over: %s", held.question.by, why)
        if not told:
            self._say(ViewEnded(view, why))
        if held.sender:
            self._do(held.sender.close())
        self._changed()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _changed(self) -> None:
        for tell in self.watch:
            tell()
