"""The gallery is kept for its owner only, and never compared by another model."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent import gallery
from agent.gallery import FILE, Gallery, GalleryError, load, save
from agent.vision.eyes import Eyes


@pytest.fixture
def someone() -> Gallery:
    chance = np.random.default_rng(0)
    embeddings = [chance.normal(size=512).astype(np.float32) for _ in range(5)]
    return gallery.of(embeddings, "sha256:ours")


def test_what_was_saved_is_loaded_again(someone: Gallery, tmp_path: Path) -> None:
    save(someone, tmp_path / "state")

    again = load(tmp_path / "state", "sha256:ours")

    assert again.images == 5
    assert np.array_equal(again.template, someone.template)


def test_only_its_owner_may_read_it(someone: Gallery, tmp_path: Path) -> None:
    save(someone, tmp_path)
    save(someone, tmp_path)

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_template_is_of_length_one(someone: Gallery) -> None:
    assert np.linalg.norm(someone.template) == pytest.approx(1, abs=1e-6)
    assert someone.similarity(someone.template) == pytest.approx(1, abs=1e-6)
    assert someone.similarity(-someone.template) == pytest.approx(-1, abs=1e-6)


def test_a_gallery_of_another_model_is_refused(someone: Gallery, tmp_path: Path) -> None:
    save(replace(someone, recogniser="sha256:theirs"), tmp_path)

    with pytest.raises(GalleryError, match=r"made with another model: enrol again"):
        load(tmp_path, "sha256:ours")


def test_without_a_gallery_it_says_how_to_enrol(tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match=r"nobody is enrolled .* run `zaiseki agent enrol`"):
        load(tmp_path, "sha256:ours")


@pytest.mark.parametrize("text", ["", "{", '{"recogniser": "x"}'])
def test_a_damaged_gallery_asks_for_another_enrolment(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(GalleryError, match="enrol again"):
        load(tmp_path, "sha256:ours")


@pytest.mark.requirement("R39")
def test_the_pictures_are_not_needed_once_the_template_is_made(
    eyes: Eyes, enrolled: Callable[[str], Gallery], tmp_path: Path
) -> None:
    from agent import clips, enrol

    files = clips.enrolment_pictures("plum", tmp_path / "pictures")
    save(enrol.enrol(enrol.pictures(files), eyes), tmp_path)
    for file in files:
        file.unlink()

    [face] = eyes.look(clips.render(("plum",), at_s=20, number=3)).faces
    assert load(tmp_path, eyes.recogniser).similarity(face.embedding) > 0.9
