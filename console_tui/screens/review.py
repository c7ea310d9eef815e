"""What a reviewer does from the board: take an incident, say what it was, undo, note, look."""

import time
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from textual import work

from console_tui.incidents import Entry
from console_tui.keep import Kept
from console_tui.rest import incidents as rest
from console_tui.rest.calls import Refused
from console_tui.screens.over import AskScreen
from console_tui.screens.pictures import PicturesScreen
from console_tui.screens.travel import Travelling
from hub.protocol.facts import Verdict

UNDO_S = 10.0  # as long as the hub lets a verdict be taken back


class Reviewing(Travelling):
    """The part of the board that judges; the incident at hand is the one under the cursor."""

    kept: Kept
    images: str

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, str] = {}
        self.judged: tuple[Entry, float] | None = None

    def at_hand(self) -> Entry | None:
        """Of the pane while it has the focus, else what waits of the person in the table."""
        if self.pane.has_focus:
            return self.pane.chosen
        own = [one for one in self.known().queue() if one.member == self.table.cursor]
        return own[0] if own else None

    def reviewable(self) -> Entry | None:
        """The incident at hand, or None after saying why nothing can be done."""
        if self.scene.past:
            self.foot.say(self.scene.words("review.past"))
        elif self.scene.lost:
            self.foot.say(self.scene.words("review.lost"))
        elif (entry := self.at_hand()) is None:
            self.foot.say(self.scene.words("review.none"))
        else:
            return entry
        return None

    def told(self, entry: Entry) -> str:
        return f"{self.name_of(entry.member)} {self.scene.words(f'kind.{entry.kind}')}"

    def refused(self, refused: Refused) -> None:
        """404 is also the hub's answer where there is no right."""
        hidden = refused.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
        words = self.scene.words
        said = words("review.no_right") if hidden else words(refused.key, **refused.values)
        self.foot.say(said, "incident")

    def learn(self, entry: Entry) -> None:
        self.known().listed([entry])
        self.draw()

    # ---- verdicts

    def action_judge(self, verdict: str) -> None:
        if entry := self.reviewable():
            self.judge(entry, Verdict(verdict))

    @work(group="review")
    async def judge(self, entry: Entry, verdict: Verdict) -> None:
        following = self._following(entry)
        try:
            said = await rest.judge(self.hub, entry, verdict, self.notes.get(entry.id, ""))
        except rest.JudgedMeanwhile as meanwhile:
            self.judged_meanwhile(meanwhile.entry)
            return
        except Refused as refused:
            self.refused(refused)
            return
        self.notes.pop(entry.id, None)
        self.judged = said, time.monotonic() + UNDO_S
        if following:
            self.pane.choose(following)
        self.learn(said)
        self.count_down()

    def judged_meanwhile(self, entry: Entry) -> None:
        """The other's word is shown; the same key says it again, over that one."""
        self.learn(entry)
        self.pane.choose(entry.id)
        self.read_incidents()
        words, who = self.scene.words, self.told(entry)
        said = words("review.withdrawn", who=who)
        if entry.verdict:
            word = words(f"verdict.{entry.verdict}")
            said = words("review.meanwhile", judge=entry.judge, verdict=word, who=who)
        self.foot.say(said, "incident")

    def _following(self, entry: Entry) -> str | None:
        """What waits next, so that one review leads to the next."""
        waiting = [one.id for one in self.known().queue() if one.waits]
        if entry.id not in waiting or len(waiting) == 1:
            return None
        place = waiting.index(entry.id)
        return waiting[place + 1] if place + 1 < len(waiting) else waiting[0]

    def count_down(self) -> None:
        """While a verdict can be taken back, the foot says so."""
        if self.judged is None:
            return
        entry, until = self.judged
        left = int(until - time.monotonic())
        if left <= 0 or entry.verdict is None:
            self.judged = None
            self.foot.quiet()
            return
        word = self.scene.words(f"verdict.{entry.verdict}")
        self.foot.say(self.scene.words("review.said", verdict=word, who=self.told(entry), s=left))

    def action_undo(self) -> None:
        if self.judged is None:
            self.foot.say(self.scene.words("review.nothing"))
        else:
            self.undo(self.judged[0])

    @work(group="review")
    async def undo(self, entry: Entry) -> None:
        try:
            await rest.withdraw(self.hub, entry.id)
        except Refused as refused:
            self.foot.say(self.scene.words(refused.key, **refused.values), "incident")
            return
        self.judged = None
        self.learn(replace(entry, verdict=None, dated=False, judge="", note=""))
        self.pane.choose(entry.id)
        self.foot.say(self.scene.words("review.undone", who=self.told(entry)))

    # ---- taking, noting, looking

    def action_take(self) -> None:
        if entry := self.reviewable():
            self.take(entry, None if entry.taker == self.kept.member else self.kept.member)

    @work(group="review")
    async def take(self, entry: Entry, member: int | None) -> None:
        try:
            self.learn(await rest.take(self.hub, entry.id, member))
        except Refused as refused:
            self.refused(refused)
            return
        key = "review.let_go" if member is None else "review.taken"
        self.foot.say(self.scene.words(key, who=self.told(entry)))

    def action_note(self) -> None:
        entry = self.reviewable()
        if entry is None:
            return
        words = self.scene.words
        given = self.notes.get(entry.id, entry.note)
        title = words("note.of", who=self.told(entry))
        screen = AskScreen(self.scene, title, words("note"), given)
        self.app.push_screen(screen, partial(self._note_typed, entry.id))

    def _note_typed(self, incident: str, note: str | None) -> None:
        if note is not None:
            self.notes[incident] = note
            self.foot.say(self.scene.words("note.kept"))

    def action_pictures(self) -> None:
        """Of the incident at hand, or the newest of the person."""
        entry, member = self.at_hand(), self.table.cursor
        if entry is None and member is None:
            self.foot.say(self.scene.words("person.none"))
            return
        about = entry.member if entry else member
        assert about is not None
        name = self.name_of(about)
        incident = entry.id if entry else None
        screen = PicturesScreen(self.scene, self.hub, about, name, incident, self.images)
        self.app.push_screen(screen)
