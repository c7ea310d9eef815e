"""Signing in: a login, a password, and one line that says what went wrong."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Label

from console_tui.cells import one_line
from console_tui.keep import Kept
from console_tui.rest import session
from console_tui.rest.calls import Hub, Refused
from console_tui.words import Words


class SignIn(Screen[None]):
    """Sends `Done` with the sign-in that the hub gave, or `Asked` for what it still needs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.quit", show=False)]

    class Done(Message):
        def __init__(self, kept: Kept) -> None:
            super().__init__()
            self.kept = kept

    class Asked(Message):
        def __init__(self, step: session.Step) -> None:
            super().__init__()
            self.step = step

    def __init__(self, hub: str, login: str, words: Words, notice: str = "") -> None:
        super().__init__()
        self.hub = hub
        self.given = login
        self.words = words
        self.notice = notice

    def compose(self) -> ComposeResult:
        words = self.words
        with Vertical(id="sign-in"):
            yield Label(f"{words('product')}  {words('sign_in')}", id="title")
            yield Label(words("sign_in.to", hub=self.hub), id="to", classes="dim", markup=False)
            yield Label(words("sign_in.login"))
            yield Input(self.given, id="login", compact=True, select_on_focus=False)
            yield Label(words("sign_in.password"))
            yield Input(password=True, id="password", compact=True)
            yield Label(words("sign_in.system"), classes="dim")
            yield Input(id="system", compact=True)
            yield Button(words("sign_in.button"), id="go", compact=True)
            yield Label(self.notice, id="notice", markup=False)

    def on_mount(self) -> None:
        self.query_one("#password" if self.given else "#login").focus()

    def say(self, text: str) -> None:
        self.query_one("#notice", Label).update(one_line(text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "login":
            self.query_one("#password").focus()
        else:
            self.send()

    def on_button_pressed(self) -> None:
        self.send()

    @work(exclusive=True)
    async def send(self) -> None:
        login, password = self._value("login").strip(), self._value("password")
        if not login or not password:
            self.say(self.words("sign_in.missing"))
            return
        self.say(self.words("sign_in.busy"))
        try:
            hub = Hub(self.hub, language=self.words.language)
            done = await session.sign_in(hub, login, password, self._value("system").strip())
        except Refused as refused:
            self.say(self.words(refused.key, **refused.values))
            self.query_one("#password", Input).clear()
            self.query_one("#password").focus()
            return
        if isinstance(done, session.Step):
            self.post_message(self.Asked(done))
        else:
            self.post_message(self.Done(to_keep(self.hub, login, done)))

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value


def to_keep(hub: str, login: str, done: session.SignedIn) -> Kept:
    member, tenant = done.member, done.tenant
    return Kept(hub, login, done.token, member.id, member.name, tenant.name, member.locale)
