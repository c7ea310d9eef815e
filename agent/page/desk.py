"""What the worker does on the page, to one agent: consent, pause, enrolment, live views."""

import asyncio
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from agent import terms
from agent.cameras import camera
from agent.cameras.camera import CameraFault
from agent.decisions.observation import Event, IncidentChanged
from agent.enrolment import gallery
from agent.enrolment.filing import Filing
from agent.enrolment.gallery import Gallery
from agent.enrolment.guided import Guided, NotShown
from agent.page.onair import Around, Decision, OnAir, decided, on_air
from agent.run import Agent
from agent.settings import Settings, SettingsError
from agent.troubles import Trouble, face_unkept
from agent.vision.sharing import SharedEyes
from hub.protocol.enrolling import Condition
from hub.protocol.facts import Phase, Quiet, Reason

DECISIONS = 20
LONGEST_PAUSE_S = 24 * 3600.0
TOLD_WITHIN_S = 30.0  # until the hub has a consent, and its word of it has come back


class Desk:
    """One agent's; on the event loop only. It opens no camera before the terms are accepted."""

    def __init__(
        self, agent: Agent, folder: Path, settings: Settings, token: str, known: Gallery,
        eyes: SharedEyes,
    ) -> None:  # fmt: skip
        self.agent = agent
        self.folder = folder
        self.gallery = known
        self.guided: Guided | None = None
        self.said: Trouble | None = None
        self.filing = Filing(
            folder, settings.hub, token, lambda: self.gallery, self.learn, agent.renew
        )
        self._settings, self._eyes = settings, eyes
        self._decisions: deque[Decision] = deque(maxlen=DECISIONS)
        self._consent = terms.load(folder)
        self._withdrawn = False  # holds even where the disk does not take it
        self._enrolling: asyncio.Task[None] | None = None
        agent.events.append(self._decided)
        agent.heed += [self.filing.wake, self._settle]
        self._settle()

    def now(self) -> OnAir:
        self._consent = terms.load(self.folder)
        return on_air(
            self.agent,
            Around(
                self.gallery, self._consent, self._consents, self.guided,
                list(self._decisions)[::-1], self.filing.looked, self.said, self.filing.charter,
                self.asked_again,
            ),
        )  # fmt: skip

    @property
    def lacking(self) -> str:
        """What keeps the camera closed until the worker has done it."""
        if not self._consents or self.asked_again:
            return "the terms are not accepted yet"
        return "" if len(self.gallery.templates) else "nobody is enrolled yet"

    @property
    def asked_again(self) -> bool:
        """Whether the hub has no consent on record that counts; a fresh one is on its way there."""
        missing = self.agent.policy.quiet is Quiet.NO_CONSENT
        return missing and not 0 <= time.time() - self._consent.at < TOLD_WITHIN_S

    def accept(self) -> None:
        """The terms and the charter that stand on the page.

        Raise SettingsError when the disk does not take it.
        """
        told = self.filing.charter
        shown = told.current or told.coming
        self._consent = terms.accept(
            self.folder, time.time(), shown.version if shown else None, again=self.asked_again
        )
        self._withdrawn = False
        self._settle()
        self.filing.wake()

    def withdraw(self) -> None:
        """Nothing is captured from this moment, what was shared ends, and the face is forgotten."""
        self._withdrawn = True
        self._settle()
        try:
            self._consent = terms.withdraw(self.folder, time.time())
            self.learn(Gallery(self.gallery.recogniser))
        finally:
            self.filing.wake()

    def pause(self, reason: str, seconds: float | None) -> None:
        limit = None if seconds is None else time.time() + min(seconds, LONGEST_PAUSE_S)
        self.agent.pause(reason, limit)

    def resume(self) -> None:
        self.agent.resume()

    def begin(self, condition: Condition) -> bool:
        """Start a guided enrolment; the agent lets go of the camera meanwhile."""
        if self.guided or not self._may_enrol:
            return False
        source = camera.source(
            self._settings.source, True, self._settings.size, self._settings.controls
        )
        self.said = None
        self.guided = Guided(source, self._eyes, condition)
        self._settle()
        self._enrolling = asyncio.create_task(self._enrol(self.guided))
        return True

    def skip(self) -> None:
        if self.guided:
            self.guided.skip()

    def stop(self) -> None:
        self._stop_enrolling()

    def forget(self, name: str) -> None:
        """Delete a set of images here and on the hub; the template is made anew of the rest."""
        self.learn(self.gallery.without(name))
        self.filing.wake()

    def learn(self, known: Gallery) -> None:
        """Raise SettingsError when the disk does not take it."""
        gallery.save(known, self.folder)
        self.gallery = known
        self.agent.know(known)
        self._settle()

    async def close(self) -> None:
        self._stop_enrolling()
        if self._enrolling:
            with suppress(asyncio.CancelledError):
                await self._enrolling

    async def _enrol(self, guided: Guided) -> None:
        try:
            made = await asyncio.to_thread(guided.run, time.time())
            if made and not guided.stopped:
                self.learn(self.gallery.with_set(made))
                self.filing.wake()
        except (CameraFault, NotShown) as wrong:
            self.said = wrong.say
        except SettingsError as wrong:
            self.said = face_unkept(str(wrong))
        finally:
            self.guided = None
            self._settle()

    def _stop_enrolling(self) -> None:
        if self.guided:
            self.guided.stop()

    def _settle(self) -> None:
        """Why the camera stays closed for now; whether there is a consent is nobody's business."""
        self.agent.enrolling = self.guided is not None
        if not self._may_enrol:
            self._stop_enrolling()
        if not self._consents:
            self.agent.withhold(Reason.NOT_CAPTURING)
        elif self.guided or not len(self.gallery.templates) or self._faceless:
            self.agent.withhold(Reason.NOT_ENROLLED)
        else:
            self.agent.withhold(None)

    @property
    def _may_enrol(self) -> bool:
        """A pause ends it, wherever it was asked for, and so does a consent that has gone."""
        policy = self.agent.policy
        covered = policy.faces and policy.quiet in (None, Quiet.OFF_WORK)
        return self._consents and covered and not self.agent.paused

    @property
    def _consents(self) -> bool:
        return self._consent.holds and not self._withdrawn

    @property
    def _faceless(self) -> bool:
        """The member consents to being watched, but not to a template: nobody could be told."""
        policy = self.agent.policy
        return policy.quiet is None and not policy.faces

    def _decided(self, event: Event, _: object) -> None:
        if isinstance(event, IncidentChanged) and event.phase is Phase.SEEN:
            return
        self._decisions.append(decided(event))
