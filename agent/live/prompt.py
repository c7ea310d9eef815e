"""Questions for a live view, asked and answered where `zaiseki agent run` has a terminal."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from agent.live.view import LiveViews, Seen

WORDS = {
    "incident_review": "to review an incident",
    "work_check": "to check on work",
    "member_request": "at your request",
    "audit": "for an audit",
}
YES, NO = ("y", "yes", "はい"), ("n", "no", "いいえ")


class Prompt:
    """One question at a time, the oldest first; a line of the terminal is the answer to it."""

    def __init__(self, views: Sequence[LiveViews], say: Callable[[str], None]) -> None:
        self._views = views
        self._say = say
        self._asked = ""
        for one in views:
            one.watch.append(self._changed)

    def _first(self) -> tuple[LiveViews, Seen] | None:
        return next(((one, seen) for one in self._views for seen in one.pending), None)

    def _changed(self) -> None:
        first = self._first()
        if first and first[1].view != self._asked:
            seen = first[1]
            self._asked = seen.view
            why = WORDS.get(seen.purpose, seen.purpose)
            self._say(
                f"{seen.by} asks to see this camera live, {why}; "
                f"type y to allow it or n to refuse, within {seen.left_s:.0f} s"
            )

    def typed(self, line: str) -> None:
        """Only a clear word counts; a question that has gone takes none."""
        first, word = self._first(), line.strip().lower()
        if first is None or first[1].view != self._asked:
            return
        views, seen = first
        if word in YES and views.accept(seen.view):
            self._say(f"{seen.by} may look now; stop the agent or pause it to end that")
        elif word in NO:
            views.refuse(seen.view)


@contextmanager
def prompting(views: Sequence[LiveViews]) -> Iterator[None]:
    """Read answers from the terminal, where there is one that an event loop can read."""
    if not sys.stdin or not sys.stdin.isatty():
        yield
        return
    prompt, loop = Prompt(views, lambda line: print(line, flush=True)), asyncio.get_running_loop()
    try:
        loop.add_reader(sys.stdin, lambda: prompt.typed(sys.stdin.readline()))
    except NotImplementedError:  # Windows: the agent's page asks
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(sys.stdin)
