"""The kept sign-in is its owner's alone."""

import os
import stat
from pathlib import Path

import pytest

from console_tui import keep
from console_tui.keep import Exposed, Kept

HUB = "https://hub.example"
KEPT = Kept(HUB, "kimura", "secret-token", 1, "木村 亮", "青葉商事")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_the_file_whatever_the_umask() -> None:
    before = os.umask(0)
    try:
        keep.save(KEPT)
    finally:
        os.umask(before)

    assert mode(keep.place(HUB)) == 0o600
    assert mode(keep.folder()) == 0o700
    assert keep.load(HUB) == KEPT


@pytest.mark.parametrize("wide", [0o644, 0o640, 0o660, 0o604])
def test_a_file_that_others_could_read_is_refused_and_forgotten(wide: int) -> None:
    keep.save(KEPT)
    keep.place(HUB).chmod(wide)

    with pytest.raises(Exposed) as exposed:
        keep.load(HUB)

    assert exposed.value.kept == KEPT
    assert keep.load(HUB) is None


def test_a_link_to_somewhere_else_is_not_followed(tmp_path: Path) -> None:
    keep.save(KEPT)
    elsewhere = tmp_path / "elsewhere"
    keep.place(HUB).rename(elsewhere)
    keep.place(HUB).symlink_to(elsewhere)

    assert keep.load(HUB) is None


def test_a_broken_file_is_as_good_as_none() -> None:
    keep.save(KEPT)
    keep.place(HUB).write_text("{")

    assert keep.load(HUB) is None
    assert keep.last_hub() == keep.DEFAULT_HUB


def test_the_last_hub_is_the_one_signed_in_at_last() -> None:
    assert keep.last_hub() == keep.DEFAULT_HUB
    keep.save(KEPT)
    keep.save(Kept("https://other.example", "a", "t", 1, "名", "社"))
    os.utime(keep.place(HUB), (1, 1))

    assert keep.last_hub() == "https://other.example"


def test_nothing_is_left_behind_but_the_file() -> None:
    keep.save(KEPT)
    keep.save(KEPT)

    assert list(keep.folder().iterdir()) == [keep.place(HUB)]
