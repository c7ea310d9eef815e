"""The board: head, groups, table, person, panes and foot, and what people do with them."""

import time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.geometry import Size
from textual.widgets import Input, Label, Static

from console_tui import filter as filters
from console_tui.config import Config
from console_tui.days import Days
from console_tui.feed import Feed
from console_tui.keep import Kept
from console_tui.keys import BOARD, EVERY, PAST, VERDICTS, bindings, mapped
from console_tui.rest.calls import Hub
from console_tui.rows import Order
from console_tui.scene import Scene
from console_tui.screens.over import GroupsScreen, KeysScreen, PersonScreen
from console_tui.screens.palette import Command, PaletteScreen, commands
from console_tui.screens.review import Reviewing
from console_tui.screens.showing import CLOCK_S
from console_tui.upkeep import Upkeep
from console_tui.widgets.foot import Foot
from console_tui.widgets.groups import EVERYBODY, Groups
from console_tui.widgets.header import Banner, Header
from console_tui.widgets.lines import LineList, Title
from console_tui.widgets.news import IncidentPane, MoveFeed, ReviewKeys
from console_tui.widgets.person import Person
from console_tui.widgets.table import Table, TableHead

LEAST = Size(80, 24)  # of a terminal on which everything has its place
TICK_S = 0.1  # news is drawn at most this often
PANES = ("groups", "table", "person", "incidents", "moves")
REVIEW = (*VERDICTS, "note", "undo")


class BoardScreen(Reviewing):
    """One tenant's board for one signed-in member."""

    BINDINGS: ClassVar[list[BindingType]] = bindings([*BOARD, *PAST])

    def __init__(self, feed: Feed, kept: Kept, scene: Scene, config: Config) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (140, "-broad")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-short"), (30, "-tall")]
        self.feed, self.kept, self.scene = feed, kept, scene
        self.hub = Hub(kept.hub, kept.token, scene.words.language)
        self.keys = {key.id: key for key in mapped(EVERY, config.keys)}
        self.images = config.images
        self.filters = config.filters
        self.days = Days(self.hub)
        self.upkeep = Upkeep(self.hub)
        self._drawn_at = -CLOCK_S

    # ---- what it is made of

    def compose(self) -> ComposeResult:
        scene = self.scene
        self.header = Header(scene, f"{self.kept.tenant}  {self.kept.name}")
        self.banner = Banner(scene)
        self.table = Table(scene, self.runs_of)
        self.head = TableHead(scene)
        self.groups = Groups(scene, self.kept.tenant)
        self.person = Person(scene)
        self.pane = IncidentPane(scene, self.name_of)
        self.moves = MoveFeed(scene, self.name_of)
        self.input = Input(placeholder=scene.words("filter.hint"), compact=True)
        self.wrong = Label("", markup=False, id="wrong")
        self.titles = {pane: Title(scene) for pane in PANES}
        self.foot = Foot(scene, self.foot_keys())
        review = [self.keys[id] for id in REVIEW]
        shown = [(key.shown(scene.look.ascii_only), key.word) for key in review]
        yield self.header
        yield self.banner
        with Horizontal(id="middle"):
            yield Vertical(self.titles["groups"], self.groups, id="groups")
            yield Vertical(self.titles["table"], self.head, self.table, id="table")
            yield Vertical(self.titles["person"], self.person, id="person")
        with Container(id="feeds"):
            review_keys = ReviewKeys(scene, shown)
            yield Vertical(self.titles["incidents"], self.pane, review_keys, id="incidents")
            yield Vertical(self.titles["moves"], self.moves, id="moves")
        with Horizontal(id="filter"):
            yield Static(f" / {scene.words('filter')} ")
            yield self.input
            yield self.wrong
        yield self.foot

    def on_mount(self) -> None:
        self.table.focus()
        self.title_pane("groups", self.scene.words("groups"))
        self.title_pane("moves", self.scene.words("moves"))
        self.set_interval(TICK_S, self.tick)
        self.tick()

    def tick(self) -> None:
        """Take what came since the last tick; draw only what it changed."""
        now = time.monotonic()
        if self.upkeep.due(self.feed.lost):
            self.read_upkeep()
        changed, whole = self.feed.session.take()
        turned = self.look_at_link()
        if whole:
            self.read_incidents()
        if self.past:
            turned |= self.tick_past()
        elif whole:
            self.rebuild()
        else:
            self.renew(changed)
        if turned or changed or now - self._drawn_at >= CLOCK_S:
            self._drawn_at = now
            self.follow()
            self.place_rows()
            self.draw()
            self.count_down()
            self.read_due_days()

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width < LEAST.width or event.size.height < LEAST.height:
            self.foot.say(self.scene.words("small", width=LEAST.width, height=LEAST.height))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The arrows and the blank move time in the past alone."""
        return self.past is not None or action not in ("step", "play", "faster")

    # ---- what people do

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        if event.lines is self.table:
            self.tell_person()
        elif event.lines is self.groups and self.groups.has_focus:
            self.choose_group(self.groups.cursor)
        elif event.lines is self.pane and self.pane.has_focus and (entry := self.pane.chosen):
            self.table.choose(entry.member)

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
            name = self.name_of(self.table.cursor)
            self.app.push_screen(PersonScreen(self.scene, name, self))
            self.call_after_refresh(self.tell_person)

    def action_incidents(self) -> None:
        (self.table if self.pane.has_focus else self.pane).focus()

    def action_follow(self) -> None:
        self.following = not self.following
        self.foot.say(self.scene.words("following.on" if self.following else "following.off"))
        self.draw()

    def action_groups(self) -> None:
        if self.has_class("-wide") or self.has_class("-broad"):
            (self.table if self.groups.has_focus else self.groups).focus()
            return
        groups = Groups(self.scene, self.kept.tenant)
        groups.tell(self.board, self.rows.values())
        groups.cursor = self.group
        self.app.push_screen(GroupsScreen(groups), self._group_chosen)

    def _group_chosen(self, key: int | None) -> None:
        if key is not None:
            self.choose_group(key)

    def action_group(self, key: int) -> None:
        self.groups.cursor = key
        self.choose_group(key)

    def action_sort(self) -> None:
        self.order = Order.GROUP if self.order is Order.ATTENTION else Order.ATTENTION
        self.place_rows(force=True)
        self.draw()

    def action_filter(self) -> None:
        self.query_one("#filter").display = True
        self.input.focus()

    def action_wanted(self, text: str) -> None:
        """A filter that is on the palette."""
        self.query_one("#filter").display = True
        self.input.value = text

    def action_clear(self) -> None:
        """Out of the filter line, then the past, then the filter, then the group."""
        if self.past and not self.input.has_focus:
            self.leave()
        elif self.input.has_focus or self.input.value:
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
        shown = [key for key in self.keys.values() if self.past or key not in PAST]
        self.app.push_screen(KeysScreen(self.scene, shown))

    def action_palette(self) -> None:
        screen = PaletteScreen(self.scene, self._commands())
        self.app.push_screen(screen, self._command_chosen)

    async def _command_chosen(self, action: str | None) -> None:
        if action:
            await self.run_action(action)

    def _commands(self) -> list[Command]:
        keys = [key for key in self.keys.values() if self.past or key not in PAST]
        groups = {key: self.groups.title_of(key) for key in self.groups.keys}
        return commands(self.scene, keys, self.filters, groups)
