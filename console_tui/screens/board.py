"""The board: head, groups, table, person, feeds and foot; told at most ten times a second."""

import time
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from console_tui import filter as filters
from console_tui import rest
from console_tui.feed import Feed
from console_tui.keep import Kept
from console_tui.keys import BOARD, bindings
from console_tui.rows import Order, Row, ordered, row, visible
from console_tui.scene import Scene
from console_tui.screens.over import GroupsScreen, KeysScreen, PersonScreen
from console_tui.widgets.foot import Foot
from console_tui.widgets.groups import EVERYBODY, Groups
from console_tui.widgets.header import Banner, Header
from console_tui.widgets.lines import LineList, Title
from console_tui.widgets.news import IncidentFeed, MoveFeed
from console_tui.widgets.person import Person
from console_tui.widgets.table import Table, TableHead

TICK_S = 0.1  # news is drawn at most this often
CLOCK_S = 1.0  # ages and clock, where no news came
RESORT_S = 2.0  # the order is made again when nobody moved the cursor for this long
PANES = ("groups", "table", "person", "incidents", "moves")


class BoardScreen(Screen[None]):
    """One tenant's board for one signed-in member."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(BOARD)

    def __init__(self, feed: Feed, kept: Kept, scene: Scene) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]
        self.feed, self.kept, self.scene = feed, kept, scene
        self.order = Order.ATTENTION
        self.wanted = filters.Filter()
        self.group: int = EVERYBODY
        self.rows: dict[int, Row] = {}
        self._ordered_at = self._drawn_at = self._summed_at = -CLOCK_S

    # ---- what it is made of

    def compose(self) -> ComposeResult:
        scene = self.scene
        self.header = Header(scene, f"{self.kept.tenant}  {self.kept.name}")
        self.banner = Banner(scene)
        self.table = Table(scene)
        self.head = TableHead(scene)
        self.groups = Groups(scene, self.kept.tenant)
        self.person = Person(scene)
        self.incidents = IncidentFeed(scene, self.name_of)
        self.moves = MoveFeed(scene, self.name_of)
        self.input = Input(placeholder=scene.words("filter.hint"), compact=True)
        self.wrong = Label("", markup=False, id="wrong")
        self.titles = {pane: Title(scene) for pane in PANES}
        yield self.header
        yield self.banner
        with Horizontal(id="middle"):
            yield Vertical(self.titles["groups"], self.groups, id="groups")
            yield Vertical(self.titles["table"], self.head, self.table, id="table")
            yield Vertical(self.titles["person"], self.person, id="person")
        with Container(id="feeds"):
            yield Vertical(self.titles["incidents"], self.incidents, id="incidents")
            yield Vertical(self.titles["moves"], self.moves, id="moves")
        with Horizontal(id="filter"):
            yield Static(f" / {scene.words('filter')} ")
            yield self.input
            yield self.wrong
        yield Foot(scene)

    def on_mount(self) -> None:
        self.table.focus()
        self.title_pane("groups", self.scene.words("groups"))
        self.title_pane("moves", self.scene.words("moves"))
        self.set_interval(TICK_S, self.tick)
        self.tick()

    def title_pane(self, pane: str, title: str) -> None:
        self.titles[pane].say(title)

    def name_of(self, member: int) -> str:
        found = self.rows.get(member)
        return found.name if found else f"#{member}"

    # ---- what is new

    def tick(self) -> None:
        """Take what came since the last tick; draw only what it changed."""
        now = time.monotonic()
        changed, whole = self.feed.session.take()
        turned = self._look_at_link()
        if whole:
            self._summed_at = -CLOCK_S
            self.rows = {member: self._row(member) for member in self.feed.session.board.seats}
            self.read_incidents()
        for member in changed:
            self._renew(member)
        if whole or changed or turned or now - self._drawn_at >= CLOCK_S:
            self._drawn_at = now
            self.place_rows(force=whole)
            self.draw()

    def _look_at_link(self) -> bool:
        """Whether the link went or came back."""
        feed, scene = self.feed, self.scene
        was, scene.now = scene.lost, feed.now
        scene.lost_at = feed.session.heard_at if feed.lost else None
        self.banner.why = feed.client.trouble if feed.lost else ""
        self.banner.display = scene.lost
        return was is not scene.lost

    def _row(self, member: int) -> Row:
        return row(self.feed.session.board, member)

    def _renew(self, member: int) -> None:
        if member in self.feed.session.board.seats:
            self.rows[member] = self._row(member)
        else:
            self.rows.pop(member, None)

    def place_rows(self, force: bool = False) -> None:
        """Who is shown, and in which order; the order waits while somebody reads."""
        shown = visible(self.rows.values(), self.wanted, self.groups.within(self.group))
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
        self.header.tell(session.board, session.state, session.heard_at)
        self.incidents.entries = session.incidents.newest()
        self.moves.moves = session.moves
        self._tell_groups()
        self.table.told_empty = self._told_empty()
        for part in (self.header, self.banner, self.head, self.table, self.incidents, self.moves):
            part.touch()
        self._tell_person()
        self._tell_titles()

    def _told_empty(self) -> str:
        session, words = self.feed.session, self.scene.words
        if not session.begun:
            return f"{words(f'link.{session.state}')} {self.feed.client.trouble}".strip()
        return words("empty.filter" if self.rows else "empty")

    def _tell_groups(self) -> None:
        """Once a second is enough: sums over all groups cost more than all that is in sight."""
        now = time.monotonic()
        if now - self._summed_at >= CLOCK_S:
            self._summed_at = now
            self.groups.tell(self.feed.session.board, self.rows.values())

    def _tell_person(self) -> None:
        found = self.rows.get(self.table.cursor) if self.table.cursor is not None else None
        for person in (self.person, *self._opened()):
            person.tell(found, self.feed.session.incidents.newest())
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
        parts = [title, words(f"sort.{self.order}"), self.groups.title_of(self.group)]
        self.title_pane("table", dot.join(parts))
        todo = sum(one.seat.alert.open for one in self.rows.values() if one.seat.alert)
        self.title_pane("incidents", words("incidents", n=todo))

    @work(exclusive=True)
    async def read_incidents(self) -> None:
        """The record's list; while it cannot be read, seats and news tell of incidents."""
        try:
            listed = await rest.incidents(self.kept.hub, self.kept.token)
        except rest.Refused:
            return
        self.feed.session.incidents.listed([one for one in listed if one.member in self.rows])

    # ---- what people do

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        if event.lines is self.table:
            self._tell_person()
        elif event.lines is self.groups and self.groups.has_focus:
            self.choose_group(event.key)

    def on_line_list_chosen(self) -> None:
        self.action_open()

    def choose_group(self, key: int | None) -> None:
        self.group = EVERYBODY if key is None else key
        self.place_rows(force=True)
        self.draw()

    def action_open(self) -> None:
        if self.groups.has_focus:
            self.table.focus()
        elif self.table.cursor is not None and self.has_class("-narrow"):
            self.app.push_screen(PersonScreen(self.scene, self.name_of(self.table.cursor)))
            self.call_after_refresh(self._tell_person)

    def action_groups(self) -> None:
        if self.has_class("-wide"):
            (self.table if self.groups.has_focus else self.groups).focus()
            return
        groups = Groups(self.scene, self.kept.tenant)
        groups.tell(self.feed.session.board, self.rows.values())
        groups.cursor = self.group
        self.app.push_screen(GroupsScreen(groups), self._group_chosen)

    def _group_chosen(self, key: int | None) -> None:
        if key is not None:
            self.choose_group(key)

    def action_sort(self) -> None:
        self.order = Order.GROUP if self.order is Order.ATTENTION else Order.ATTENTION
        self.place_rows(force=True)
        self.draw()

    def action_filter(self) -> None:
        self.query_one("#filter").display = True
        self.input.focus()

    def action_clear(self) -> None:
        """Out of the filter line, then out of the filter, then out of the group."""
        if self.input.has_focus or self.input.value:
            self.input.value = ""
            self.query_one("#filter").display = False
        else:
            self.groups.cursor = EVERYBODY
            self.choose_group(EVERYBODY)
        self.table.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A filter that cannot be understood filters nobody, and says what to write instead."""
        told = ""
        try:
            self.wanted = filters.parse(event.value)
        except filters.BadFilter as bad:
            self.wanted = filters.Filter()
            told = self.scene.words(bad.key, **bad.values)
        self.wrong.update(told)
        self.place_rows(force=True)
        self.draw()

    def on_input_submitted(self) -> None:
        self.query_one("#filter").display = bool(self.input.value)
        self.table.focus()

    def action_keys(self) -> None:
        self.app.push_screen(KeysScreen(self.scene))
