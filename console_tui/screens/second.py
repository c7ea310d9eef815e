"""The second step of signing in: a code of the app, or one to recover with."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Label

from console_tui.cells import one_line
from console_tui.rest import session
from console_tui.rest.calls import Hub, Refused
from console_tui.screens.signin import SignIn, to_keep
from console_tui.words import Words

TYPED = {"totp", "recovery"}  # the ways that a terminal can take


class SecondStep(Screen[None]):
    """Sends `SignIn.Done` with the sign-in, or `Over` when it has to begin anew."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.quit", show=False)]

    class Over(Message):
        def __init__(self, notice: str) -> None:
            super().__init__()
            self.notice = notice

    def __init__(self, hub: str, step: session.Step, words: Words) -> None:
        super().__init__()
        self.hub = hub
        self.step = step
        self.words = words

    def compose(self) -> ComposeResult:
        words = self.words
        with Vertical(id="sign-in"):
            yield Label(f"{words('product')}  {words('sign_in')}", id="title")
            yield Label(words("sign_in.to", hub=self.hub), classes="dim", markup=False)
            yield Label(words("second"))
            yield Input(id="code", compact=True)
            yield Label(words("second.hint"), classes="dim")
            yield Button(words("sign_in.button"), id="go", compact=True)
            yield Label("", id="notice", markup=False)

    def on_mount(self) -> None:
        self.query_one("#code").focus()

    def on_input_submitted(self) -> None:
        self.send()

    def on_button_pressed(self) -> None:
        self.send()

    def say(self, text: str) -> None:
        self.query_one("#notice", Label).update(one_line(text))

    @work(exclusive=True)
    async def send(self) -> None:
        field = self.query_one("#code", Input)
        if not field.value.strip():
            self.say(self.words("second.hint"))
            return
        self.say(self.words("sign_in.busy"))
        try:
            hub = Hub(self.hub, language=self.words.language)
            done = await session.show_code(hub, self.step, field.value)
        except Refused as refused:
            self._refuse(refused, field)
            return
        if isinstance(done, session.Step):
            self.post_message(self.Over(self.words(f"second.{done.need}", hub=self.hub)))
        else:
            self.post_message(SignIn.Done(to_keep(self.hub, self.step.login, done)))

    def _refuse(self, refused: Refused, field: Input) -> None:
        said = self.words(refused.key, **refused.values)
        if refused.key == "second.over":
            self.post_message(self.Over(said))
        else:
            self.say(said)
            field.clear()
            field.focus()
