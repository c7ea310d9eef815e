"""Images of somebody: only on request, only for a purpose, and every look is on record."""

import time
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Label

from console_tui.rest import pictures as rest
from console_tui.rest.calls import Hub, Refused
from console_tui.rest.pictures import OWN_WISH, Picture
from console_tui.scene import Scene
from console_tui.screens.over import Over
from console_tui.widgets import picture as picture_widget
from console_tui.widgets.lines import LineList
from hub.protocol.facts import EvidenceState, Purpose

OPEN_S = 300.0  # an image that was opened is closed again after five minutes
KEYS = "qwer"  # one for each purpose, in the charter's order


class PictureList(LineList[str]):
    """The images that there are, newest first."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.pictures: dict[str, Picture] = {}
        self.told_empty = scene.words("pictures.loading")

    def tell(self, found: tuple[Picture, ...]) -> None:
        self.told_empty = self.scene.words("pictures.none")
        self.pictures = {one.id: one for one in found}
        self.show([one.id for one in found])

    def empty(self, width: int) -> str:
        return self.told_empty

    def draw(self, key: str, line: int, width: int) -> Text:
        one, words = self.pictures[key], self.scene.words
        told = f" {self.scene.clock(one.taken_at):>5} {words(f'picture.{one.kind}')}"
        about = words("pictures.incident") if one.incident else ""
        text = Text(f"{told} {about}", self.scene.style("ink"))
        own = one.state is EvidenceState.ERASED and one.reason == OWN_WISH
        state = words("evidence.own_wish" if own else f"evidence.{one.state}")
        return text.append(f" {state}", self.scene.style("ink-3"))


class PicturesScreen(ModalScreen[None]):
    """Choose an image and a purpose; then it is shown for a while."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("space", "shut", show=False),
        *(Binding(key, f"look({place})", show=False) for place, key in enumerate(KEYS)),
    ]

    def __init__(
        self, scene: Scene, hub: Hub, member: int, name: str, incident: str | None, how: str
    ) -> None:
        super().__init__()
        self.how = how
        self.scene, self.hub, self.member = scene, hub, member
        self.name_of_member, self.incident = name, incident
        self.purposes: tuple[Purpose, ...] = ()
        self.open_until = 0.0
        self.list = PictureList(scene)
        self.gate = Label("", markup=False, id="gate")
        self.frame = Container(id="picture")

    def compose(self) -> ComposeResult:
        title = self.scene.words("pictures", name=self.name_of_member)
        yield Over(self.scene, title, self.list, self.gate, self.frame)

    def on_mount(self) -> None:
        self.list.focus()
        self.set_interval(1.0, self.count_down)
        self.load()

    @work(exclusive=True, group="pictures")
    async def load(self) -> None:
        try:
            self.purposes = await rest.purposes(self.hub)
            self.list.tell(await rest.pictures(self.hub, self.member, self.incident))
        except Refused as refused:
            self.list.tell(())
            self.say(self.scene.words(refused.key, **refused.values))
            return
        self.ask()

    def ask(self) -> None:
        """Say what a purpose is asked for, and who will read it."""
        words = self.scene.words
        choices = "  ".join(
            f"{key} {words(f'purpose.{purpose}')}"
            for key, purpose in zip(KEYS, self.purposes, strict=False)
        )
        self.say(
            f"{words('pictures.gate')}\n{choices}" if choices else words("pictures.no_charter")
        )

    def say(self, text: str) -> None:
        self.gate.update(text)

    def action_look(self, place: int) -> None:
        picture = self.list.pictures.get(self.list.cursor or "")
        if picture is None or place >= len(self.purposes):
            return
        if picture.state is not EvidenceState.STORED:
            self.say(self.scene.words("pictures.not_here"))
            return
        self.open(picture, self.purposes[place])

    @work(exclusive=True, group="pictures")
    async def open(self, picture: Picture, purpose: Purpose) -> None:
        try:
            data = await rest.look(self.hub, picture.id, purpose)
            image = picture_widget.opened(data)
        except Refused as refused:
            self.say(self.scene.words(refused.key, **refused.values))
            return
        except picture_widget.Unreadable:
            self.say(self.scene.words("pictures.unreadable"))
            return
        self.open_until = time.monotonic() + OPEN_S
        self.count_down()
        await self.frame.remove_children()
        self.list.display = False
        ascii_only = self.scene.look.ascii_only
        await self.frame.mount(picture_widget.shown(image, self.how, ascii_only))

    def count_down(self) -> None:
        """The minutes and seconds that are left; at nought it is closed by itself."""
        if not self.open_until:
            return
        left = int(self.open_until - time.monotonic())
        if left <= 0:
            self.action_shut()
        else:
            self.say(self.scene.words("pictures.open", left=f"{left // 60}:{left % 60:02}"))

    def action_shut(self) -> None:
        """Close the image, and ask for a purpose anew."""
        self.open_until = 0.0
        self.frame.remove_children()
        self.list.display = True
        self.list.focus()
        self.ask()

    def action_close(self) -> None:
        self.dismiss()
