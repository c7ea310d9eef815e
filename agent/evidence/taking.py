"""Images of the camera and the screen: when they are taken, and what is told of them."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from agent.decisions.observation import Event, IncidentChanged
from agent.evidence.imaging import CAMERA_MAX_BYTES, SCREENS_MAX_BYTES, Compressed, compressed
from agent.evidence.ring import DAMAGED, OVERWRITTEN, NotKept, Record, Ring, Telling
from agent.evidence.screens import NoScreen
from agent.evidence.sent import Sent
from agent.spool import Spool
from agent.troubles import Trouble
from agent.uplink import day, mint
from agent.vision.pixels import Image
from hub.protocol.agents import (
    IMAGES_OVERWRITTEN,
    EvidencePiece,
    EvidenceReport,
    GapReport,
    Report,
)
from hub.protocol.facts import (
    EvidenceKind,
    EvidenceLevel,
    EvidenceState,
    IncidentKind,
    Phase,
    Policy,
    Sighting,
)
from hub.protocol.images import Claim

PIECES_MAX = 64  # in one report
CAPTURES_WAITING_MAX = 8  # incidents open seconds apart at the soonest; a capture takes one

ON_INCIDENT = (EvidenceLevel.INCIDENT_ONLY, EvidenceLevel.PERIODIC)


@dataclass(frozen=True)
class Capture:
    """What is to be taken: for an incident, or because the time has come."""

    at: float
    camera: Image | None
    incident: str | None = None


@dataclass(frozen=True)
class View:
    """What the camera shows right now: nothing if it is closed on purpose, or does not work."""

    closed: bool
    camera: Image | None


@dataclass(frozen=True)
class Status:
    """For the pages that tell the worker; the next capture is None where none is due by time.

    It is told as seconds from now, and as a time of day that stays the same until it is due.
    """

    level: EvidenceLevel
    next_capture_s: float | None
    next_capture_at: float | None
    images_today: int
    bytes_today: int
    waiting: int
    trouble: Trouble | None


class Evidence:
    """Takes images as the policy says, keeps them in the ring and tells the spool, in order.

    `view` says what the camera shows, `shield` blurs the faces of others, `screens` gives the
    monitors, `sighting` the incident that is open. All but `_take` happens on the event loop.
    """

    def __init__(
        self,
        ring: Ring,
        spool: Spool,
        wake: Callable[[], None],
        view: Callable[[], View],
        shield: Callable[[Image], Image],
        screens: Callable[[], Sequence[Image]],
        sighting: Callable[[IncidentKind], Sighting | None],
        sent: Sent,
    ) -> None:
        self.ring, self._spool, self._wake = ring, spool, wake
        self._view, self._shield, self._screens = view, shield, screens
        self._sighting = sighting
        self._policy = Policy()
        self._changed = asyncio.Event()
        self._due: tuple[float, float] | None = None  # by the clock that nobody sets, and the day's
        self._captures = asyncio.Queue[Capture](CAPTURES_WAITING_MAX)
        self._sent = sent
        self._arrived: bool | None = None  # whether the spool has what an earlier run was telling

    def begin(self) -> None:
        """Before any other report of this run: know what the last run had told."""
        if telling := self.ring.telling():
            self._arrived = self._has_arrived(telling)
        self.tell()

    def adopt(self, policy: Policy) -> None:
        """From now on images are taken as this policy says."""
        if policy != self._policy:
            self._policy = policy
            self._changed.set()

    def decided(self, event: Event) -> None:
        """An incident that begins is captured: the faces that it is about are not blurred."""
        if not isinstance(event, IncidentChanged) or event.phase is not Phase.OPENED:
            return
        if self._policy.evidence not in ON_INCIDENT:
            return
        sighting = self._sighting(event.incident.kind)
        incident = sighting.id if sighting else None
        self._enqueue(Capture(time.time(), self._view().camera, incident))

    async def run(self) -> None:
        await asyncio.gather(self._periodic(), self._work())

    def status(self) -> Status:
        after_s = self._due[0] - time.monotonic() if self._due else None
        today = self._sent.today(time.time())
        return Status(
            self._policy.evidence, after_s, self._due[1] if self._due else None, today.images,
            today.bytes, self.ring.waiting(), self.ring.trouble,
        )  # fmt: skip

    def sent(self, size: int) -> None:
        """One more image is at the hub."""
        self._sent.add(size, time.time())

    def refused(self, claim: Claim, why: str) -> None:
        """The hub does not take it, for good: its state is told, once, like any other."""
        self._report([absent(claim.kind, claim.taken_at, why, claim.incident, claim.id)])

    # ---- taking

    async def _periodic(self) -> None:
        """Measured by a clock that nobody sets."""
        while True:
            self._changed.clear()
            periodic = self._policy.evidence is EvidenceLevel.PERIODIC
            after_s = self._policy.interval_s
            self._due = (time.monotonic() + after_s, time.time() + after_s) if periodic else None
            try:
                async with asyncio.timeout(after_s if periodic else None):
                    await self._changed.wait()
            except TimeoutError:
                view = self._view()
                if not view.closed:
                    self._enqueue(Capture(time.time(), view.camera))

    def _enqueue(self, capture: Capture) -> None:
        try:
            self._captures.put_nowait(capture)
        except asyncio.QueueFull:
            kinds = EvidenceKind
            self._report([absent(kind, capture.at, "busy", capture.incident) for kind in kinds])

    async def _work(self) -> None:
        while True:
            capture = await self._captures.get()
            missing = await asyncio.to_thread(self._take, capture)
            if missing:
                self._report(missing)
            self.tell()

    def _take(self, capture: Capture) -> list[EvidencePiece]:
        """Both kinds of images, or the reason why there is none."""
        camera, screen = EvidenceKind.CAMERA, EvidenceKind.SCREEN
        missing: list[EvidencePiece] = []
        if capture.camera is None:
            missing.append(absent(camera, capture.at, "no_frames", capture.incident))
        else:
            periodic = capture.incident is None
            picture = self._shield(capture.camera) if periodic else capture.camera
            missing += self._keep(capture, picture, camera, 0, CAMERA_MAX_BYTES)
        try:
            pictures = self._screens()
        except NoScreen as wrong:
            return [*missing, absent(screen, capture.at, wrong.reason, capture.incident)]
        for number, picture in enumerate(pictures):
            share = SCREENS_MAX_BYTES // len(pictures)
            missing += self._keep(capture, picture, screen, number, share)
        return missing

    def _keep(
        self, capture: Capture, bgr: Image, kind: EvidenceKind, number: int, most_bytes: int
    ) -> list[EvidencePiece]:
        picture = compressed(bgr, kind, most_bytes)
        claim = claimed(picture, kind, number, capture)
        if self.ring.add(claim, picture.data):
            return []
        return [absent(kind, capture.at, "disk", capture.incident, claim.id)]

    # ---- telling

    def tell(self) -> None:
        """Whatever the ring has that no report told of: images that wait, and images lost."""
        with suppress(NotKept):  # the next beat tells it
            self._tell()

    def _tell(self) -> None:
        if telling := self.ring.telling():
            if self._spool.trouble:
                return  # the report waits in memory: what it tells of must not be told again
            known = self._arrived
            self.ring.told(self._has_arrived(telling) if known is None else known)
        self._arrived = None
        while untold := self.ring.untold(PIECES_MAX):
            telling = Telling(self._spool.device_epoch, self._spool.next_seq())
            self.ring.tell(telling, untold)
            self._spool.report(*reports(untold, time.time()))
            self._wake()
            if self._spool.trouble:
                return
            self.ring.told()

    def _has_arrived(self, telling: Telling) -> bool:
        """Numbers are given in the commit that keeps the reports: one that was given is kept."""
        spool = self._spool
        return spool.device_epoch != telling.epoch or spool.next_seq() > telling.seq

    def _report(self, pieces: list[EvidencePiece]) -> None:
        self._spool.report(EvidenceReport(0, day(time.time()), tuple(pieces)))
        self._wake()


def claimed(picture: Compressed, kind: EvidenceKind, number: int, capture: Capture) -> Claim:
    at = day(capture.at)
    return Claim(
        mint(at, secrets.randbits(74)),
        kind,
        at,
        picture.media,
        len(picture.data),
        picture.width,
        picture.height,
        hashlib.sha256(picture.data).hexdigest(),
        capture.incident,
        number,
    )


def absent(
    kind: EvidenceKind, at: float, why: str, incident: str | None, id: str | None = None
) -> EvidencePiece:
    name = id or mint(day(at), secrets.randbits(74))
    return EvidencePiece(name, kind, day(at), EvidenceState.ABSENT, incident, reason=why)


def reports(records: Sequence[Record], clock: float) -> list[Report]:
    """What became of these images, and one gap over all that had to be overwritten."""
    pieces = tuple(piece(record) for record in records)
    told: list[Report] = [EvidenceReport(0, day(clock), pieces)]
    times = [one.claim.taken_at for one in records if one.lost == OVERWRITTEN]
    if times:
        told.append(GapReport(0, min(times), max(times), len(times), IMAGES_OVERWRITTEN))
    return told


def piece(record: Record) -> EvidencePiece:
    claim = record.claim
    states = {None: EvidenceState.PENDING, OVERWRITTEN: EvidenceState.OVERWRITTEN}
    state = states.get(record.lost, EvidenceState.ABSENT)
    reason = DAMAGED if state is EvidenceState.ABSENT else None
    return EvidencePiece(
        claim.id, claim.kind, claim.taken_at, state, claim.incident, claim.screen, reason
    )
