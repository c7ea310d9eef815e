"""The terminal board: signs in, opens the board, and signs in again when the hub asks for it."""

import os
from contextlib import suppress

from textual import work
from textual.reactive import var
from textual.screen import Screen

from console_tui import keep
from console_tui.config import Config
from console_tui.ending import cause
from console_tui.feed import Feed
from console_tui.in_turn import InTurn
from console_tui.keep import Kept
from console_tui.look import Look, look, theme
from console_tui.rest import session
from console_tui.rest.calls import Hub, Refused
from console_tui.scene import Scene
from console_tui.screens.board import BoardScreen
from console_tui.screens.second import TYPED, SecondStep
from console_tui.screens.signin import SignIn
from console_tui.words import Words
from hub.client import Stopped
from hub.protocol.closing import UNAUTHORIZED

FEED = "feed"  # the group of the worker that follows the hub


class BoardApp(InTurn):
    """`language` None takes the member's own; `kept` is the sign-in to begin with."""

    CSS_PATH = "board.tcss"
    ENABLE_COMMAND_PALETTE = False

    dark = var(True)

    def __init__(
        self,
        hub: str,
        login: str = "",
        config: Config | None = None,
        kept: Kept | None = None,
        notice: str = "",
    ) -> None:
        # With colours of its own Textual would send greys to a terminal that asked for none.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.config = config or Config()
        self.hub, self.login, self.kept = hub, login, kept
        self.notice = notice
        self.dark = not self.config.light
        self.scene = Scene(self._words(), self._look())
        self.turn()

    def on_mount(self) -> None:
        self.set_keymap(self.config.keys)
        self.set_class(self.config.ascii, "-ascii")
        if self.kept:
            self.open_board(self.kept)
        else:
            self.ask(self.notice)

    def turn(self) -> None:
        """Put on the theme for the light there is, and for the time that is shown."""
        self.scene.look = self._look(self.scene.past)
        name = f"zaiseki-{'dark' if self.dark else 'light'}{'-past' if self.scene.past else ''}"
        self.register_theme(theme(name, self.scene.look, self.dark))
        self.theme = name

    def _look(self, past: bool = False) -> Look:
        system = None if self.no_color else self.console.color_system
        return look(self.dark, self.config.ascii, system, past)

    def _words(self) -> Words:
        language = self.config.language or (self.kept.locale if self.kept else "ja")
        return Words(language, self.config.ascii)

    def action_turn(self) -> None:
        self.turn()

    def action_help_quit(self) -> None:
        """Ctrl+C copies in a terminal, so it only says which key ends, in the reader's words."""
        for key, active in self.active_bindings.items():
            if active.binding.action == "app.quit":
                self.notify(self._words()("quit.how", press=key))
                return

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
        self.fill(BoardScreen(feed, kept, self.scene, self.config))
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
            why = cause(words, stopped.code, stopped.reason)
            detail = words("sign_in.stopped", detail=why)
            self.ask(words("sign_in.expired") if ended else detail)

    @work
    async def action_sign_out(self) -> None:
        if self.kept is None:
            return
        kept, self.kept = self.kept, None
        self.workers.cancel_group(self, FEED)
        keep.forget(kept.hub)
        self.ask()
        with suppress(Refused):  # a hub that is away ends the session when its time is up
            await session.sign_out(Hub(kept.hub, kept.token))
