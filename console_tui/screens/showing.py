"""What the board shows: its rows, its panes and their titles, told of what is known."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual import work
from textual.screen import Screen

from console_tui import cells, strips
from console_tui.days import Days
from console_tui.ending import cause
from console_tui.feed import MOVES_KEPT, Feed, Move
from console_tui.filter import Filter
from console_tui.incidents import Entry, Incidents
from console_tui.keys import PAST, Key, at_foot
from console_tui.past import Past
from console_tui.rest import incidents as rest
from console_tui.rest.calls import Hub, Refused
from console_tui.rows import Order, Row, ordered, row, visible
from console_tui.scene import Scene
from console_tui.screens.over import PersonScreen
from console_tui.strips import Run
from console_tui.upkeep import Upkeep
from console_tui.widgets.foot import Foot
from console_tui.widgets.groups import EVERYBODY, Groups
from console_tui.widgets.header import Banner, Header
from console_tui.widgets.lines import Title
from console_tui.widgets.news import IncidentPane, MoveFeed
from console_tui.widgets.person import Person
from console_tui.widgets.table import Table, TableHead
from hub.protocol.replica import Board

CLOCK_S = 1.0  # ages and clock, where no news came
RESORT_S = 2.0  # the order is made again when nobody moved the cursor for this long


class Showing(Screen[None]):
    """The part of the board that draws. `past` is None while it shows what is."""

    scene: Scene
    feed: Feed
    hub: Hub
    keys: dict[str, Key]
    header: Header
    banner: Banner
    head: TableHead
    table: Table
    groups: Groups
    person: Person
    pane: IncidentPane
    moves: MoveFeed
    foot: Foot
    titles: dict[str, Title]
    days: Days
    upkeep: Upkeep

    def __init__(self) -> None:
        super().__init__()
        self.past: Past | None = None
        self.past_moves: deque[Move] = deque(maxlen=MOVES_KEPT)
        self.order = Order.ATTENTION
        self.wanted = Filter()
        self.group: int = EVERYBODY
        self.rows: dict[int, Row] = {}
        self.following = False
        self._followed_at = 0.0
        self._ordered_at = self._summed_at = -CLOCK_S

    def foot_keys(self) -> tuple[Key, ...]:
        """In the past, how time is moved; judging is for now."""
        if self.past is None:
            return at_foot(self.keys)
        moving = [self.keys[key.id] for key in PAST if key.foot]
        now = replace(self.keys["clear"], word="key.now")
        return (now, *moving, self.keys["past"], self.keys["keys"])

    def name_of(self, member: int) -> str:
        found = self.rows.get(member)
        return found.name if found else f"#{member}"

    def title_pane(self, pane: str, title: str) -> None:
        self.titles[pane].say(title)

    def known(self) -> Incidents:
        return self.feed.session.incidents

    def runs_of(self, member: int) -> Sequence[Run]:
        return self.days.runs(member, self.scene.now)

    @property
    def board(self) -> Board:
        live = self.feed.session.board
        return self.past.board(live) if self.past else live

    def look_at_link(self) -> bool:
        """Whether the link went or came back."""
        feed, scene = self.feed, self.scene
        was = scene.lost
        scene.now = self.past.at if self.past else feed.now
        scene.lost_at = feed.session.heard_at if feed.lost else None
        self.banner.unreached = feed.client.unreached
        ended, trouble = feed.client.ended, feed.client.trouble
        self.banner.why = cause(scene.words, ended, trouble) if feed.lost else ""
        self.banner.rate = self.past.rate if self.past else 0
        self.banner.notice = self.upkeep.notice
        self.banner.display = scene.still or self.banner.notice is not None
        return was is not scene.lost

    def rebuild(self) -> None:
        self._summed_at = -CLOCK_S
        board, self.rows = self.board, {}
        self.rows = {member: self._row(board, member) for member in board.seats}
        self.foot.keys = self.foot_keys()
        self.look_at_link()
        self.place_rows(force=True)
        self.draw()

    def _row(self, board: Board, member: int) -> Row:
        return row(board, member, self.past is not None and member in self.past.late)

    def renew(self, members: Iterable[int]) -> None:
        board = self.board
        for member in members:
            if member in board.seats:
                self.rows[member] = self._row(board, member)
            else:
                self.rows.pop(member, None)

    def follow(self) -> None:
        """Put the cursor on whose incident has just opened, where that was asked for."""
        opened = [one for one in self.known().newest() if (one.live_at or 0) > self._followed_at]
        if not opened:
            return
        newest = max(opened, key=lambda one: one.live_at or 0)
        self._followed_at = newest.live_at or 0
        if self.following and not self.past:
            self.table.choose(newest.member)
            self.pane.choose(newest.id)

    def place_rows(self, force: bool = False) -> None:
        """Who is shown, and in which order; the order waits while somebody reads."""
        within = self.groups.within(self.group)
        shown = visible(self.rows.values(), self.wanted, within, self.scene.now)
        now = time.monotonic()
        members = {one.member for one in shown}
        same = members == set(self.table.keys)
        settled = now - max(self._ordered_at, self.table.moved_at) >= RESORT_S
        self.table.rows = self.rows
        if force or not same or settled:
            self._ordered_at = now
            self.table.show([one.member for one in ordered(shown, self.order, self.scene.now)])

    def draw(self) -> None:
        session = self.feed.session
        self.header.tell(self.board, session.state, session.heard_at)
        self.header.latency_s = self.feed.client.latency_s
        self.header.present = self._present()
        self.pane.tell(self._entries())
        self.moves.moves = self.past_moves if self.past else session.moves
        self._tell_groups()
        self.table.told_empty = self._told_empty()
        for part in (self.header, self.banner, self.head, self.table, self.pane, self.moves):
            part.touch()
        self.foot.touch()
        self.tell_person()
        self._tell_titles()

    def _present(self) -> Sequence[int]:
        """The day's line, up to the time that is shown."""
        at = self.scene.now
        so_far = int((at - strips.day_begin(at)) // strips.COUNTED_S) + 1
        return self.days.present(at)[:so_far]

    def _entries(self) -> list[Entry]:
        """In the past, what waited then."""
        if self.past is None:
            return self.known().queue()
        then = Incidents()
        for seat in self.past.seats.values():
            if seat.alert:
                then.found(seat.member, seat.alert)
        return then.queue()

    def _told_empty(self) -> str:
        session, words = self.feed.session, self.scene.words
        if not session.begun:
            if self.feed.client.unreached:
                return words("link.unreached", hub=self.feed.hub)
            return f"{words(f'link.{session.state}')} {self.feed.client.trouble}".strip()
        return words("empty.filter" if self.rows else "empty")

    def _tell_groups(self) -> None:
        """Once a second is enough: sums over all groups cost more than all that is in sight."""
        now = time.monotonic()
        if now - self._summed_at >= CLOCK_S:
            self._summed_at = now
            self.groups.tell(self.board, self.rows.values())

    def tell_person(self) -> None:
        member = self.table.cursor
        found = self.rows.get(member) if member is not None else None
        runs = self.runs_of(member) if member is not None else ()
        for person in (self.person, *self._opened()):
            person.tell(found, self._entries(), list(self.moves.moves), runs)
        self.title_pane("person", found.name if found else self.scene.words("person"))

    def _opened(self) -> list[Person]:
        top = self.app.screen
        return [top.person] if isinstance(top, PersonScreen) else []

    def _tell_titles(self) -> None:
        words, shown, every = self.scene.words, len(self.table.keys), len(self.rows)
        title = words("board", n=every)
        if shown != every:
            title = words("board.some", n=shown, all=every)
        dot = f" {self.scene.look.glyph('dot')} "
        follow = [words("following")] if self.following else []
        parts = [title, words(f"sort.{self.order}"), *follow, self.groups.title_of(self.group)]
        then = f"[{words('past')} {cells.day_and_clock(self.scene.now)}] " if self.past else ""
        self.title_pane("table", then + dot.join(parts))
        todo = sum(one.seat.alert.open for one in self.rows.values() if one.seat.alert)
        self.title_pane("incidents", then + words("incidents", n=todo))

    def read_due_days(self) -> None:
        at, cursor = self.scene.now, self.table.cursor
        sight = [*self.table.in_sight(), *([] if cursor is None else [cursor])]
        due = self.days.due(sight, at)
        if self.feed.session.begun and (due or self.days.counts_due(at)):
            self.read_days(due, at)

    @work(exclusive=True, group="upkeep")
    async def read_upkeep(self) -> None:
        await self.upkeep.read()

    @work(group="days")
    async def read_days(self, members: Sequence[int], at: float) -> None:
        await self.days.read(members, at)
        self.draw()

    @work(exclusive=True, group="incidents")
    async def read_incidents(self) -> None:
        """The record's list; while it cannot be read, seats and news tell of incidents."""
        try:
            listed = await rest.incidents(self.hub)
        except Refused:
            return
        seats = self.feed.session.board.seats
        self.known().listed([one for one in listed if one.member in seats])
