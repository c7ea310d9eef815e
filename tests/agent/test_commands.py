"""`zaiseki agent` as a person and a service manager see it: lines, exit codes, restarts."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent import secrets, settings, terms
from agent.cameras import clips
from agent.cameras.clips import Scene
from agent.enrolment import gallery
from agent.enrolment.gallery import Gallery
from agent.exits import MEANINGS, Exit
from agent.page import opening
from agent.settings import Settings
from agent.spool import Spool
from agent.vision.judgement import Level
from hub import cli
from hub.protocol import closing
from hub.protocol.agents import StateReport
from hub.protocol.facts import Facts, Presence, Reason
from tests.clock import until
from tests.consent import heard
from tests.scripted_hub import scripted_hub

ZAISEKI = Path(sys.executable).with_name("zaiseki")
HUB = ("--hub", "http://127.0.0.1:1")  # where nobody listens
STARTED_WITHIN_S = 30.0  # loading the models, on a machine that is busy with other tests
QUICK = ("--fps", "10", "--pace", "0.01")


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody comes and goes every second or two."""
    scenes = (Scene(1.2, ("pine",)), Scene(1.6))
    return clips.compose(tmp_path_factory.mktemp("clips") / "busy.mp4", scenes, fps=10)


@pytest.fixture
def state(tmp_path: Path, enrolled: Callable[[str], Gallery]) -> Path:
    """A state folder in which pine is enrolled, the terms accepted and a token is kept."""
    folder = tmp_path / "state"
    terms.accept(folder, 0.0)
    heard(folder)
    gallery.save(enrolled("pine"), folder)
    settings.save_token(folder, "secret")
    secrets.box(folder)  # the warning that this machine has no keychain is said once, here
    return folder


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Each command sets up logging for its own process; here they share one."""
    yield
    logging.getLogger("agent").handlers.clear()
    logging.raiseExceptions = True


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zaiseki(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; its exit code and what it said."""
    monkeypatch.delenv(settings.TOKEN_VARIABLE, raising=False)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zaiseki", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, said.out, said.err

    return run


@asynccontextmanager
async def process(*words: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real command in a process of its own, gone when the block ends."""
    started = await asyncio.create_subprocess_exec(
        ZAISEKI, *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_after_kill_9_everything_unacknowledged_arrives_again_under_its_number(
    state: Path, busy: Path
) -> None:
    async with scripted_hub() as hub:
        hub.acking = False
        agent = ("agent", "run", "--state", state, "--hub", hub.url, "--source", busy, "--loop")
        async with process(*agent, *QUICK) as first:
            await until(lambda: len(hub.reports) >= 3, STARTED_WITHIN_S)
            first.kill()
            await first.wait()
        await until(lambda: not hub.lines)  # all that it had sent is heard
        before = list(hub.reports)
        hub.acking = True
        async with process(*agent, *QUICK) as second:
            await until(lambda: len(hub.reports) >= 2 * len(before) + 3, STARTED_WITHIN_S)
            second.send_signal(signal.SIGTERM)
            assert await second.wait() == Exit.STOPPED
        after = hub.reports[len(before) :]

    assert len({hello.device_epoch for hello in hub.hellos}) == 1
    assert after[: len(before)] == before
    assert [report.seq for report in after] == list(range(1, len(after) + 1))
    reasons = [one.facts.reason for one in after if isinstance(one, StateReport)]
    assert reasons.index(Reason.SILENT) + 1 == reasons.index(Reason.STARTING, 1)


@pytest.mark.alone
async def test_ctrl_c_stops_it_within_two_seconds_with_a_goodbye(state: Path, busy: Path) -> None:
    async with scripted_hub() as hub:
        agent = ("agent", "run", "--state", state, "--hub", hub.url, "--source", busy, "--loop")
        async with process(*agent, *QUICK) as running:
            await until(lambda: hub.reports, STARTED_WITHIN_S)
            begun = time.monotonic()
            running.send_signal(signal.SIGINT)
            _, err = await running.communicate()

        assert time.monotonic() - begun < 2.0
        assert (running.returncode, err) == (Exit.STOPPED, b"")
        assert hub.byes == 1


async def test_the_older_of_two_agents_on_one_token_exits_with_one_line(
    state: Path, busy: Path
) -> None:
    async with scripted_hub() as hub:
        agent = ("agent", "run", "--state", state, "--hub", hub.url, "--source", busy, "--loop")
        async with process(*agent, *QUICK) as older:
            await until(lambda: hub.reports, STARTED_WITHIN_S)
            await hub.close(closing.FENCED, "a newer session of this device has begun")
            _, err = await older.communicate()

        assert older.returncode == 6
        assert err.decode().splitlines() == [
            "zaiseki: another agent has taken over with the same token; give each its own device"
        ]


async def test_several_seats_in_one_process_share_the_models(
    tmp_path: Path, busy: Path, enrolled: Callable[[str], Gallery]
) -> None:
    async with scripted_hub() as hub:
        folders = [tmp_path / name for name in ("a", "b", "c")]
        for folder in folders:
            gallery.save(enrolled("pine"), folder)
            terms.accept(folder, 0.0)
            heard(folder)
            settings.save_token(folder, f"token-{folder.name}")
            secrets.box(folder)
            settings.save(folder, Settings(hub.url, str(busy), fps=5, pace=0.01))
        states = [word for folder in folders for word in ("--state", folder)]
        async with process("agent", "run", *states) as running:
            out, err = await running.communicate()

        assert (running.returncode, err) == (Exit.STOPPED, b"")
        assert set(hub.tokens) == {"Bearer token-a", "Bearer token-b", "Bearer token-c"}
        lines = [line.split()[1:3] for line in out.decode().splitlines()]
        assert all([folder.name, "在席"] in lines for folder in folders)
        assert hub.byes == 3


def test_what_was_saved_needs_not_be_said_again(zaiseki: Run, state: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("another\n")
    clip = clips.compose(tmp_path / "clip.mp4", [Scene(0.4)])
    given = ("--source", clip, "--level", "high", "--token-file", secret, "--save")
    assert zaiseki("agent", "run", "--state", state, *HUB, *given)[0] == Exit.STOPPED

    assert settings.load(state) == Settings(HUB[1], str(clip), level=Level.HIGH)
    assert settings.token(state, None, None) == "another"
    assert zaiseki("agent", "run", "--state", state)[0] == Exit.STOPPED


def test_enrolment_from_pictures_makes_a_gallery_and_says_so(zaiseki: Run, tmp_path: Path) -> None:
    pictures = clips.enrolment_pictures("cedar", tmp_path / "pictures", count=2)
    asked = ("agent", "enrol", "--state", tmp_path / "s", "--from", *pictures)
    code, out, _ = zaiseki(*asked, "--accept-terms")

    assert (code, (tmp_path / "s" / gallery.FILE).exists()) == (Exit.STOPPED, True)
    assert "enrolled from 2 pictures" in out
    assert terms.load(tmp_path / "s").holds


@pytest.mark.requirement("R57", "R68")
def test_nobodys_face_is_looked_at_before_the_terms_are_accepted(
    zaiseki: Run, tmp_path: Path
) -> None:
    code, _, err = zaiseki(
        "agent", "enrol", "--state", tmp_path, "--from", "camera", "--source", "/dev/video97"
    )

    assert (code, len(err.splitlines())) == (Exit.USAGE, 1)
    assert "terms are not accepted" in err


def test_enrolment_from_a_recording_works_as_from_a_camera(zaiseki: Run, tmp_path: Path) -> None:
    clip = clips.compose(tmp_path / "clip.mp4", [Scene(3.0, ("cedar",))])
    code, out, _ = zaiseki(
        "agent", "enrol", "--state", tmp_path / "s", "--accept-terms",
        "--from", "camera", "--source", clip,
    )  # fmt: skip

    assert code == Exit.STOPPED
    assert "enrolled from 7 pictures" in out


def test_status_tells_what_the_folder_holds(zaiseki: Run, state: Path) -> None:
    spool = Spool(state, 0.0)
    for at in (1.0, 2.0):
        spool.report(StateReport(0, Facts(at, Presence.AWAY)))
    spool.close()
    code, out, _ = zaiseki("agent", "status", "--state", state)

    assert code == Exit.STOPPED
    assert "no agent is running, 2 reports not recorded yet, last state away" in out
    assert "secret" not in out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), Exit.USAGE, "which hub? give its address with --hub https://hub.example"),
        (("--hub", "hub.example"), Exit.USAGE, "write it as https://hub.example"),
        (("--hub", "http://hub.example"), Exit.USAGE, "would travel unencrypted; use https://"),
        ((*HUB, "--fps", "99"), Exit.USAGE, "fps"),
        ((*HUB, "--pace", "0"), Exit.USAGE, "pace"),
        ((*HUB, "--away-after", "5"), Exit.USAGE, "away_after_s"),
        ((*HUB, "--token-file", "nowhere"), Exit.USAGE, "there is no token in nowhere"),
        ((*HUB, "--models", "/nowhere"), Exit.STATE, "no models in /nowhere"),
        ((*HUB, "--source", "nowhere.mp4"), Exit.SOURCE, "there is no file nowhere.mp4"),
        ((*HUB, "--source", __file__), Exit.SOURCE, "cannot be read as a video"),
        ((*HUB, "--source", "lavfi:nonsense"), Exit.SOURCE, "lavfi:nonsense"),
    ],
)
def test_a_wrong_option_is_one_line_and_its_code(
    zaiseki: Run, state: Path, words: tuple[str, ...], code: Exit, says: str
) -> None:
    ended, _, err = zaiseki("agent", "run", "--state", state, *words)

    assert (ended, len(err.splitlines())) == (code, 1)
    assert err.startswith("zaiseki: ") and says in err


@pytest.mark.requirement("R68")
async def test_without_terms_or_enrolment_it_waits_and_says_where(tmp_path: Path) -> None:
    settings.save_token(tmp_path, "secret")
    secrets.box(tmp_path)
    async with scripted_hub() as hub:
        agent = ("agent", "run", "--state", tmp_path, "--hub", hub.url, *QUICK)
        for terms_, lacking, reason in (
            ((), "the terms are not", Reason.NOT_CAPTURING),
            (("--accept-terms",), "nobody is", Reason.NOT_ENROLLED),
        ):
            hub.heard.clear()
            async with process(*agent, *terms_) as running:
                await until(lambda: len(hub.reports) > 1, STARTED_WITHIN_S)
                here = opening.place(tmp_path)
                assert here and opening.answers(here.port)
                running.send_signal(signal.SIGTERM)
                _, err = await running.communicate()
            assert lacking in err.decode() and "run `zaiseki agent page`" in err.decode()

            states = [one.facts for one in hub.reports if isinstance(one, StateReport)]
            assert all(facts.presence is Presence.UNKNOWN for facts in states)
            assert reason in {facts.reason for facts in states}


def test_the_page_of_an_agent_that_does_not_run_is_not_opened(zaiseki: Run, tmp_path: Path) -> None:
    code, _, err = zaiseki("agent", "page", "--state", tmp_path)

    assert (code, len(err.splitlines())) == (1, 1)
    assert "zaiseki agent run" in err


@pytest.mark.parametrize(
    ("scene", "says"), [((), "no face found"), (("pine", "cedar"), "2 faces found")]
)
def test_a_picture_that_cannot_be_enrolled_is_one_line(
    zaiseki: Run, tmp_path: Path, scene: tuple[str, ...], says: str
) -> None:
    clip = clips.compose(tmp_path / "clip.mp4", [Scene(1.0, scene)])
    code, _, err = zaiseki(
        "agent", "enrol", "--state", tmp_path / "s", "--accept-terms",
        "--from", "camera", "--source", clip,
    )  # fmt: skip

    assert (code, len(err.splitlines())) == (Exit.ENROLMENT, 1)
    assert says in err
    assert not (tmp_path / "s" / gallery.FILE).exists()


def test_a_camera_that_is_not_there_cannot_enrol(zaiseki: Run, tmp_path: Path) -> None:
    code, _, err = zaiseki(
        "agent", "enrol", "--state", tmp_path, "--accept-terms",
        "--from", "camera", "--source", "/dev/video97",
    )  # fmt: skip

    assert (code, len(err.splitlines())) == (Exit.SOURCE, 1)
    assert "/dev/video97" in err


def test_a_second_agent_on_one_folder_is_refused(
    zaiseki: Run, state: Path, request: pytest.FixtureRequest
) -> None:
    spool = Spool(state, 0.0)
    request.addfinalizer(spool.close)
    code, _, err = zaiseki("agent", "run", "--state", state, *HUB)

    assert (code, len(err.splitlines())) == (Exit.STATE, 1)
    assert "give each its own --state" in err


def test_several_seats_take_their_sources_from_their_folders(zaiseki: Run, tmp_path: Path) -> None:
    code, _, err = zaiseki(
        "agent", "run", "--state", tmp_path / "a", "--state", tmp_path / "b", "--source", "0"
    )

    assert (code, len(err.splitlines())) == (Exit.USAGE, 1)
    assert "several --state" in err


def test_every_exit_code_is_explained_in_the_help(zaiseki: Run) -> None:
    code, out, _ = zaiseki("agent", "run", "--help")

    assert code == 0
    assert set(MEANINGS) == set(Exit)
    assert all(f"{code.value}  {text}" in out for code, text in MEANINGS.items())
