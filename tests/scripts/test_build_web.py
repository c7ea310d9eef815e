"""The web app is built again when its sources changed, and only then."""

from pathlib import Path

import pytest

from scripts.build_web import BUILT_FROM, build, digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("web/index.html", "web/src/main.tsx", "web/src/board/Tile.tsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_what_was_built_from_these_sources_is_left_alone(root: Path) -> None:
    built = root / "hub" / "_web"
    built.mkdir(parents=True)
    (built / BUILT_FROM).write_text(digest(root / "web"))

    build(root)  # there is no package.json: it would fail if it tried

    assert [file.name for file in built.iterdir()] == [BUILT_FROM]


def test_an_edited_a_renamed_and_a_deleted_source_each_count(root: Path) -> None:
    web, tile = root / "web", root / "web" / "src" / "board" / "Tile.tsx"
    digests = [digest(web)]

    tile.write_text("edited")
    digests.append(digest(web))
    renamed = tile.rename(tile.with_name("Seat.tsx"))
    digests.append(digest(web))
    renamed.unlink()
    digests.append(digest(web))

    assert len(set(digests)) == 4


def test_installed_packages_do_not_count(root: Path) -> None:
    before = digest(root / "web")

    package = root / "web" / "node_modules" / "react" / "index.js"
    package.parent.mkdir(parents=True)
    package.write_text("react")

    assert digest(root / "web") == before
