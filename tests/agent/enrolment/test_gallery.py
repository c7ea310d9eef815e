"""The gallery is kept for its owner only, and never compared by another model."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from agent import secrets
from agent.enrolment import gallery
from agent.enrolment.gallery import (
    FILE,
    UNSEALED,
    Gallery,
    GalleryError,
    Stored,
    agreed,
    begin,
    image_set,
    load,
    save,
)
from agent.vision.eyes import Eyes
from hub.protocol.enrolling import Condition, EnrolmentState, OwnEnrolment


@pytest.fixture
def someone() -> Gallery:
    chance = np.random.default_rng(0)
    embeddings = [chance.normal(size=512).astype(np.float32) for _ in range(5)]
    return gallery.of(embeddings, "sha256:ours")


def test_what_was_saved_is_loaded_again(someone: Gallery, tmp_path: Path) -> None:
    save(someone, tmp_path / "state")

    again = load(tmp_path / "state", "sha256:ours")

    assert again.images == 5
    assert np.array_equal(again.templates, someone.templates)


def test_only_its_owner_may_read_it(someone: Gallery, tmp_path: Path) -> None:
    save(someone, tmp_path)
    save(someone, tmp_path)

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {FILE, secrets.FILE}


@pytest.mark.requirement("R60")
def test_nothing_on_the_disk_shows_what_the_member_looks_like(
    someone: Gallery, tmp_path: Path
) -> None:
    save(someone, tmp_path)

    kept = (tmp_path / FILE).read_bytes()
    assert someone.sets[0].template not in kept
    assert b"sha256:ours" not in kept


@pytest.mark.requirement("R60")
def test_what_an_older_agent_left_unsealed_is_sealed_when_it_is_first_read(
    someone: Gallery, tmp_path: Path
) -> None:
    stored = Stored(someone.recogniser, someone.sets)
    (tmp_path / UNSEALED).write_bytes(msgspec.json.encode(stored))

    assert np.array_equal(begin(tmp_path, "sha256:ours").templates, someone.templates)

    assert not (tmp_path / UNSEALED).exists()
    assert np.array_equal(load(tmp_path, "sha256:ours").templates, someone.templates)


def test_without_its_key_nobody_is_known_and_the_member_enrols_again(
    someone: Gallery, tmp_path: Path
) -> None:
    save(someone, tmp_path)
    secrets.forget(tmp_path)

    with pytest.raises(GalleryError, match="enrol again"):
        load(tmp_path, "sha256:ours")


def test_a_template_is_of_length_one(someone: Gallery) -> None:
    [template] = someone.templates
    assert np.linalg.norm(template) == pytest.approx(1, abs=1e-6)
    assert someone.similarity(template) == pytest.approx(1, abs=1e-6)
    assert someone.similarity(-template) == pytest.approx(-1, abs=1e-6)


def towards(*of: float) -> NDArray[np.float32]:
    return np.array([*of, *[0.0] * (512 - len(of))], np.float32)


@pytest.mark.requirement("R4")
def test_a_set_that_is_deleted_leaves_the_template_and_the_hub() -> None:
    plain, more = image_set([towards(1.0)]), image_set([towards(0.0, 1.0)])
    sent = msgspec.structs.replace(more, hub=7)
    both = Gallery("ours", (plain, sent))

    left = both.without(sent.name)

    assert both.similarity(towards(1.0)) == pytest.approx(2**-0.5)
    assert left.similarity(towards(1.0)) == pytest.approx(1.0)
    assert left.gone == (7,)
    assert left.without(plain.name).similarity(towards(1.0)) == -1.0


@pytest.mark.requirement("R31")
def test_glasses_and_mask_are_templates_of_their_own() -> None:
    sets = [
        image_set([towards(1.0)]),
        image_set([towards(0.0, 1.0)], Condition.GLASSES),
        image_set([towards(0.0, 0.0, 1.0)], Condition.MASK),
    ]
    worn = Gallery("ours", tuple(sets))

    assert [round(worn.similarity(one.vector), 6) for one in sets] == [1.0, 1.0, 1.0]


@pytest.mark.requirement("R28")
def test_what_waits_for_approval_names_nobody_and_what_another_pc_enrolled_does() -> None:
    mine = msgspec.structs.replace(image_set([towards(1.0)]), hub=1)
    there = image_set([towards(0.0, 1.0)]).template
    told = [
        OwnEnrolment(1, Condition.PLAIN, 1, EnrolmentState.PENDING),
        OwnEnrolment(2, Condition.PLAIN, 7, EnrolmentState.APPROVED, there),
        OwnEnrolment(3, Condition.PLAIN, 7, EnrolmentState.REJECTED),
        OwnEnrolment(4, Condition.PLAIN, 7, EnrolmentState.APPROVED, there),
    ]

    known = agreed(Gallery("ours", (mine,), gone=(4, 5)), told)

    assert known.similarity(towards(1.0)) == pytest.approx(0.0)
    assert known.similarity(towards(0.0, 1.0)) == pytest.approx(1.0)
    assert [one.hub for one in known.sets] == [1, 2]
    assert known.gone == (4,)
    assert agreed(known, []).sets == ()


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
    from agent.cameras import clips
    from agent.enrolment import enrol

    files = clips.enrolment_pictures("plum", tmp_path / "pictures")
    save(enrol.enrol(enrol.pictures(files), eyes), tmp_path)
    for file in files:
        file.unlink()

    [face] = eyes.look(clips.render(("plum",), at_s=20, number=3)).faces
    assert load(tmp_path, eyes.recogniser).similarity(face.embedding) > 0.9
