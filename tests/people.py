"""The eyes, opened once, and galleries of the people of the clips."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from agent.cameras import clips
from agent.enrolment import enrol
from agent.enrolment.gallery import Gallery
from agent.vision import models
from agent.vision.eyes import Eyes
from scripts.build_models import build

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def pack() -> models.Pack:
    build(ROOT)
    return models.load()


@pytest.fixture(scope="session")
def eyes(pack: models.Pack) -> Eyes:
    return Eyes(pack)


@pytest.fixture(scope="session")
def enrolled(eyes: Eyes, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Gallery]:
    """The gallery of one of the people, by name."""
    folder = tmp_path_factory.mktemp("enrolled")

    @cache
    def gallery(person: str) -> Gallery:
        return enrol.enrol(enrol.pictures(clips.enrolment_pictures(person, folder)), eyes)

    return gallery
