"""Runs every part that a folder allows, and says what came out."""

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, product
from pathlib import Path

import msgspec

from agent.enrolment.gallery import Gallery
from agent.vision import models
from agent.vision.eyes import Eyes
from agent.vision.judgement import ACCEPT
from agent.vision.pixels import Image
from tests.accuracy import photos, recognition, watched
from tests.accuracy.curves import Scores, fmr, fnmr, rates, tar_at_far, trade_off
from tests.accuracy.data import Case, Data
from tests.accuracy.sitting import sitting
from tests.accuracy.story import Verdict, judge
from tests.accuracy.svg import Axis, chart
from tests.accuracy.tally import (
    PHONE,
    Count,
    Decided,
    at_least,
    beside,
    by_height,
    by_state,
    phone_alarms,
    table,
    wrong,
)
from tests.watching import Watching

PARTS = ("states", "pairs", "ordinary", "hint", "clip")
HELD_UP_IN = 2  # rooms
PEEPING_FROM_PX, PHONE_FROM_PX = 32, 140  # from these heights on the goals are stated
FARS = {"tar_at_far_1pct": 0.01, "tar_at_far_0_1pct": 0.001}
THRESHOLDS = [number / 100 for number in range(-20, 101)]


class Suite:
    """The measurements of one folder; `figures` is what the last line says."""

    def __init__(self, data: Data, out: Path, minutes: float) -> None:
        self.data, self.out, self.minutes = data, out, minutes
        self.lines: list[str] = []
        self.figures: dict[str, object] = {}

    def run(self, parts: Sequence[str]) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        eyes = Eyes(models.load())
        cases = self.data.cases()
        known = watched.galleries(self.data, eyes)
        if "states" in parts:
            self.states(cases, eyes, known)
        if "pairs" in parts:
            self.pairs(eyes)
        if "ordinary" in parts:
            self.ordinary(cases, eyes, known)
        if "hint" in parts:
            self.hint(cases, eyes)
        if "clip" in parts:
            self.clips(cases, eyes, known)
        if self.data.missing:
            self.say("Missing:", *(f"  {what}" for what in self.data.missing))
        self.figures["missing"] = len(self.data.missing)
        last = msgspec.json.encode(self.figures).decode()
        (self.out / "report.txt").write_text("\n".join([*self.lines, last, ""]))
        print(last)

    def say(self, *lines: str) -> None:
        self.lines += [*lines, ""]
        print(*lines, "", sep="\n", flush=True)

    def states(self, cases: list[Case], eyes: Eyes, known: dict[str, Gallery]) -> None:
        """Each labelled picture, held before the camera for a while."""
        made = [one for case in cases if (one := self.state(case, eyes, known))]
        counts = by_state(made).counts
        self.figures["states"] = {
            str(state): {"right": count.right, "total": count.total}
            for state, count in counts.items()
        }
        self.say(*table("States, right of all:", counts))
        for state, from_px in (("peeping", PEEPING_FROM_PX), ("phone", PHONE_FROM_PX)):
            tally = by_height(made, state)
            count = at_least(tally, from_px)
            self.say(*table(f"{state} by height in px:", tally.counts))
            self.figures[f"{state}_from_{from_px}px"] = msgspec.to_builtins(
                {"right": count.right, "total": count.total}
            )
        alarms = phone_alarms(made)
        self.figures["phone_alarms"] = alarms.right
        self.say(f"Phone alarms on pictures without a phone: {alarms}")
        self.say("Wrong:", *(f"  {line}" for line in wrong(made)))
        self.say("Right, with another alarm:", *(f"  {line}" for line in beside(made)))

    def state(self, case: Case, eyes: Eyes, known: dict[str, Gallery]) -> Decided | None:
        member = self.seat(case, known)
        picture = self.data.picture(case.file)
        if member is None or picture is None:
            return None
        return watched.decided(case, picture, eyes, member)

    def seat(self, case: Case, known: dict[str, Gallery]) -> Gallery | None:
        """The member's template; where whose seat it is does not matter, anybody's.

        An impostor is one at any other seat, too: a member without pictures to enrol from is stood
        in for by one whose name is not in the picture's path.
        """
        if case.enrolled in known:
            return known[case.enrolled]
        if case.enrolled:
            self.data.miss(f"enrolment of {case.enrolled}")
        if case.enrolled and case.expected != "impersonation":
            return None
        return next((one for name, one in known.items() if name not in case.file), None)

    def pairs(self, eyes: Eyes) -> None:
        scores, unfound = recognition.scores(self.data, self.data.pairs(), eyes)
        if not scores.genuine or not scores.impostor:
            self.say("Pairs: none of both kinds")
            return
        lines = [f"Pairs: {len(scores.genuine)} of one person, {len(scores.impostor)} of two"]
        found = {}
        for name, far in FARS.items():
            at = tar_at_far(scores, far)
            found[name] = round(at.tar, 4)
            lines.append(
                f"  {at.tar:.4f} found at most {far:.1%} false matches: above {at.above:.3f}, "
                f"{at.false_matches} of {at.of}"
            )
        self.figures["pairs"] = found
        for level, accept in ACCEPT.items():
            lines.append(
                f"  level {level} ({accept}): false matches {fmr(scores, accept):.4f}, "
                f"missed {fnmr(scores, accept):.4f}"
            )
        self.say(*lines, *(f"  no face found: {name}" for name in unfound))
        self.draw(scores)

    def draw(self, scores: Scores) -> None:
        false_matches, misses = rates(scores, THRESHOLDS)
        cosine, share = Axis("threshold (cosine)", -0.2, 1), Axis("share of pairs", 0, 1)
        lines = {"FMR": false_matches, "FNMR": misses}
        curves = chart("False matches and false non-matches", cosine, share, lines)
        (self.out / "fmr-fnmr.svg").write_text(curves)
        far, tar = Axis("false match rate", 0, 0.05), Axis("found", 0.8, 1)
        roc = chart("Found over false matches", far, tar, {"pairs": trade_off(scores)})
        (self.out / "roc.svg").write_text(roc)

    def ordinary(self, cases: list[Case], eyes: Eyes, known: dict[str, Gallery]) -> None:
        """Alarms while the member just sits there, see `tests.accuracy.sitting`."""
        shown: dict[str, list[Image]] = {}
        rooms = []
        for case in cases:
            picture = self.data.picture(case.file)
            if picture is None:
                continue
            if case.expected == "present" and case.enrolled in known and not case.bystander:
                shown.setdefault(case.enrolled, []).append(watched.fitted(picture))
            elif case.expected == "away":
                rooms.append(watched.fitted(picture))
        if not shown:
            self.say("Ordinary video: no pictures of anybody present")
            return
        alarms: Counter[str] = Counter()
        seconds = int(self.minutes * 60 / len(shown))
        for number, (identity, pictures) in enumerate(shown.items()):
            watching = Watching(eyes, known[identity])
            told = watching.frames(sitting(pictures, rooms, seconds, seed=number))
            raised = (one.what for one in watched.decisions(told))
            alarms.update(one for one in raised if one not in ("present", "away", "unknown"))
        self.figures["ordinary"] = {
            "hours": round(self.minutes / 60, 3), "alarms": alarms.total(),
            "phone_alarms_per_hour": alarms[PHONE] / (self.minutes / 60), **alarms,
        }  # fmt: skip
        several = ", ".join(f"{count} {kind}" for kind, count in alarms.items()) or "none"
        self.say(
            f"Composed sitting: {self.minutes:g} min of {len(shown)} people "
            f"({sum(map(len, shown.values()))} pictures, {len(rooms)} rooms): alarms: {several}"
        )

    def hint(self, cases: list[Case], eyes: Eyes) -> None:
        """The hint of a photo or a screen: on living people, and on their pictures held up."""
        counts: dict[str, Count] = {}
        for name, frame in self.photographed(cases, eyes):
            hinted = photos.hinted(frame, eyes)
            if hinted is not None:
                counts.setdefault(name, Count()).add(hinted)
        self.figures["hint"] = {
            name: {"hinted": count.right, "total": count.total} for name, count in counts.items()
        }
        self.say(*table("May be a photo or a screen, hinted of all:", counts))

    def photographed(self, cases: list[Case], eyes: Eyes) -> Iterator[tuple[str, Image]]:
        """Living people by the folder that their pictures are in, then the composed ones."""
        for case in cases:
            picture = self.data.picture(case.file) if case.expected == "present" else None
            if picture is not None:
                yield f"living, {case.file.split('/')[-2]}", picture
        rooms = [self.data.picture(case.file) for case in cases if case.expected == "away"]
        shown = [self.data.picture(file) for file in chain(*self.data.enrolments().values())]
        for room, picture in product(rooms[:HELD_UP_IN], shown):
            if room is not None and picture is not None:
                yield from photos.held_up(picture, room, eyes)

    def clips(self, cases: list[Case], eyes: Eyes, known: dict[str, Gallery]) -> None:
        builder = self.data.clip_builder()
        member = next(iter(known.values()), None)
        if builder is None or member is None:
            return
        exact = {}
        with tempfile.TemporaryDirectory(prefix="zaiseki-accuracy-") as folder:
            for kind in ("mp4", "y4m"):
                clip = Path(folder, f"story.{kind}")
                try:
                    watched.build(builder, clip)
                except subprocess.CalledProcessError as failed:
                    last = (failed.stderr or "").strip().splitlines()[-1:]
                    self.data.miss(f"{builder.name} for {kind}: {' '.join(last)}")
                    continue
                scenes = watched.story(clip)
                verdict = judge(scenes, watched.watched(clip, scenes, eyes, member))
                exact[kind] = verdict.exact
                self.say(*told(kind, verdict))
                clip.unlink()
        self.figures["clip"] = {"exact": bool(exact) and all(exact.values()), **exact}


def told(kind: str, verdict: Verdict) -> Iterator[str]:
    yield f"Story as {kind}: {'exact' if verdict.exact else 'not exact'}"
    for line in verdict.lines:
        came = "missed" if line.delay_s is None else f"after {line.delay_s:.1f} s"
        yield f"  {line.scene.start_s:3.0f} s {line.scene.label:14} {line.expected:22} {came}"
    for one in verdict.unexpected:
        yield f"  {one.at_s:.1f} s unexpected: {one.what}"
