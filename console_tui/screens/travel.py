"""Time travel: the board of another time, a minute on or back, and time that runs again."""

import time

from textual import work

from console_tui import cells, strips
from console_tui.feed import Move
from console_tui.past import Past
from console_tui.rest import history
from console_tui.rest.calls import Refused
from console_tui.screens.over import AskScreen
from console_tui.screens.showing import Showing

READ_AT_LEAST_S = 1.0
PLAYED_FIRST = 60  # times as fast as it was: an hour in a minute


class Travelling(Showing):
    """The part of the board that goes to what was, and comes back."""

    def __init__(self) -> None:
        super().__init__()
        self._ticked = 0.0
        self._reading = False

    def action_past(self) -> None:
        """Ask for a time and go there."""
        words, given = self.scene.words, cells.day_and_clock(self.scene.now - 60)
        screen = AskScreen(self.scene, words("past.ask"), words("past.hint"), given)
        self.app.push_screen(screen, self._time_typed)

    def _time_typed(self, text: str | None) -> None:
        at = None if text is None else strips.moment(text, self.feed.now)
        if at is not None:
            self.go(at)
        elif text is not None:
            self.foot.say(self.scene.words("past.wrong", text=text), "incident")

    def action_step(self, minutes: int) -> None:
        if self.past:
            self.go(self.past.at + minutes * 60.0)

    def action_play(self) -> None:
        if self.past:
            self.past.rate = 0 if self.past.rate else PLAYED_FIRST
            self._ticked = time.monotonic()
            self.draw()

    def action_faster(self, steps: int) -> None:
        if self.past:
            self.past.faster(steps)
            self._ticked = time.monotonic()
            self.draw()

    def leave(self) -> None:
        """Back to now."""
        self.past = None
        self.past_moves.clear()
        self.workers.cancel_group(self, "past")
        self._reading = False
        self._turn(False)
        self.rebuild()

    def go(self, at: float) -> None:
        """To that time; to now, if it has not come yet."""
        if at >= self.feed.now:
            if self.past:
                self.leave()
            return
        if self.past and self.past.at <= at <= self.past.known_to:
            self._forward(at)
            self.draw()
        else:
            self._read_board(at)

    @work(exclusive=True, group="past")
    async def _read_board(self, at: float) -> None:
        try:
            found = await history.board_at(self.hub, at)
        except Refused as refused:
            self.foot.say(self.scene.words(refused.key, **refused.values), "incident")
            return
        past = self.past or Past(at)
        past.begin(found)
        self.past, self._reading = past, False
        self.past_moves.clear()
        self._turn(True)
        self.rebuild()

    def _turn(self, past: bool) -> None:
        """Another paper, so that nobody takes then for now."""
        self.scene.past = past
        self.scene.now = self.past.at if self.past else self.feed.now
        self.foot.quiet()
        self.app.call_later(self.app.run_action, "app.turn")

    def tick_past(self) -> bool:
        """Let time run on while it is played; whether anything is to be drawn."""
        past, now = self.past, time.monotonic()
        if past is None:
            return False
        near_end = past.known_to - past.at < past.ahead() / 2
        if near_end and not self._reading and (past.rate or past.known_to <= past.at):
            self._reading = True
            self._read_on(past)
        passed, self._ticked = now - self._ticked, now
        if not past.rate:
            return False
        to = past.at + passed * past.rate
        if to >= self.feed.now:
            self.leave()
        else:
            self._forward(to)
        return True

    @work(exclusive=True, group="past-on")
    async def _read_on(self, past: Past) -> None:
        begin, end = past.known_to, min(past.known_to + past.ahead(), self.feed.now)
        if end - begin >= READ_AT_LEAST_S:
            try:
                past.read(await history.changes(self.hub, begin, end), end)
            except Refused as refused:
                past.rate = 0
                self.foot.say(self.scene.words(refused.key, **refused.values), "incident")
        self._reading = False

    def _forward(self, to: float) -> None:
        past = self.past
        assert past
        before = {member: seat.label for member, seat in past.seats.items()}
        changed = past.advance(to)
        for seat in changed:
            if before.get(seat.member) is not seat.label:
                self.past_moves.append(Move(seat.since, seat.member, seat.label))
            before[seat.member] = seat.label
        self.scene.now = past.at
        self.renew({seat.member for seat in changed})
