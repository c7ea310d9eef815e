"""The terminal board: signs in, opens the board, and signs in again when the hub asks for it."""

from contextlib import suppress

from textual import work
from textual.app import App
from textual.reactive import var
from textual.screen import Screen

from console_tui import keep, rest
from console_tui.feed import Feed
from console_tui.keep import Kept
from console_tui.look import Look, look, theme
from console_tui.scene import Scene
from console_tui.screens.board import BoardScreen
from console_tui.screens.second import TYPED, SecondStep
from console_tui.screens.signin import SignIn
from console_tui.words import Words
from hub.client import Stopped
from hub.protocol.closing import UNAUTHORIZED

FEED = "feed"  # the group of the worker that follows the hub


class BoardApp(App[None]):
    """`language` None takes the member's own; `kept` is the sign-in to begin with."""

    CSS_PATH = "board.tcss"
    ENABLE_COMMAND_PALETTE = False

    dark = var(True)

    def __init__(
        self,
        hub: str,
        login: str = "",
        language: str | None = None,
        ascii_only: bool = False,
        kept: Kept | None = None,
        notice: str = "",
    ) -> None:
        super().__init__()
        self.hub, self.login, self.kept = hub, login, kept
        self.language, self.ascii_only = language, ascii_only
        self.notice = notice
        self.scene = Scene(self._words(), self._look())
        self.turn()

    def on_mount(self) -> None:
        self.set_class(self.ascii_only, "-ascii")
        if self.kept:
            self.open_board(self.kept)
        else:
            self.ask(self.notice)

    def turn(self) -> None:
        """Put on the theme for the light there is."""
        self.scene.look = self._look()
        name = "zaiseki-dark" if self.dark else "zaiseki-light"
        self.register_theme(theme(name, self.scene.look, self.dark))
        self.theme = name

    def _look(self) -> Look:
        return look(self.dark, self.ascii_only, self.console.color_system)

    def _words(self) -> Words:
        return Words(self.language or (self.kept.locale if self.kept else "ja"))

    def action_dark(self) -> None:
        self.dark = not self.dark
        self.turn()

    # ---- signing in and out

    def ask(self, notice: str = "") -> None:
        """Show the sign-in, with one line that says why where there is a reason."""
        self.fill(SignIn(self.hub, self.login, self._words(), notice))

    def on_sign_in_asked(self, event: SignIn.Asked) -> None:
        words = self._words()
        if TYPED & set(event.step.ways):
            self.fill(SecondStep(self.hub, event.step, words))
        else:
            self.ask(words(f"second.{event.step.need}", hub=self.hub))

    def on_second_step_over(self, event: SecondStep.Over) -> None:
        self.ask(event.notice)

    def on_sign_in_done(self, event: SignIn.Done) -> None:
        keep.save(event.kept)
        self.open_board(event.kept)

    def open_board(self, kept: Kept) -> None:
        self.kept, self.login = kept, kept.login
        self.scene = Scene(self._words(), self._look())
        feed = Feed(kept.hub, kept.token)
        self.fill(BoardScreen(feed, kept, self.scene))
        self.run_worker(self._follow(feed), group=FEED, exclusive=True)

    def fill(self, screen: Screen[None]) -> None:
        """Only this screen, whatever was open over the one before."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen)

    async def _follow(self, feed: Feed) -> None:
        """Keep the board fed until the hub says that this sign-in is of no use any more."""
        try:
            await feed.run()
        except Stopped as stopped:
            words = self._words()
            ended = stopped.code == UNAUTHORIZED
            if ended:
                keep.forget(self.hub)
            detail = words("sign_in.stopped", detail=stopped.reason)
            self.ask(words("sign_in.expired") if ended else detail)

    @work
    async def action_sign_out(self) -> None:
        if self.kept is None:
            return
        kept, self.kept = self.kept, None
        self.workers.cancel_group(self, FEED)
        keep.forget(kept.hub)
        self.ask()
        with suppress(rest.Refused):  # a hub that is away ends the session when its time is up
            await rest.sign_out(kept.hub, kept.token)
