"""The house rules that no linter knows: the locks fit, and no registry is named."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
# in pieces, or this file would name them itself
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("npm", "jsr", "io"),
        ("deb", "debian", "org"),
    )
]


def locked(name: str) -> dict[str, str]:
    """The versions in a lock, by package."""
    lines = re.findall(r"^(\S+==[^\s;]+)", (ROOT / name).read_text(), re.MULTILINE)
    pairs = (line.split("==") for line in lines)
    return {canonicalize_name(package): version for package, version in pairs}


def wanted(*groups: str) -> Iterator[Requirement]:
    project = PROJECT["project"]
    yield from map(Requirement, project["dependencies"])
    for extra in project["optional-dependencies"].values():
        yield from map(Requirement, extra)
    for group in groups:
        yield from map(Requirement, PROJECT["dependency-groups"][group])


def unfit(wishes: Iterable[Requirement], lock: dict[str, str]) -> list[str]:
    return [
        str(wish)
        for wish in wishes
        if not wish.specifier.contains(lock.get(canonicalize_name(wish.name), "0"))
    ]


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])],
)
def test_the_lock_has_what_pyproject_asks_for(lock: str, groups: list[str]) -> None:
    assert unfit(wanted(*groups), locked(lock)) == []


def test_the_lock_of_run_is_part_of_the_lock_of_test() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_uv_is_the_one_that_pyproject_asks_for() -> None:
    uv = Requirement(f"uv{PROJECT['tool']['uv']['required-version']}")

    assert unfit([uv], locked("requirements-uv.lock")) == []


@pytest.mark.parametrize("lock", sorted(ROOT.glob("*.lock")), ids=lambda path: path.name)
def test_every_locked_package_has_hashes(lock: Path) -> None:
    packages = re.split(r"^(?=[a-z])", lock.read_text(), flags=re.MULTILINE)

    assert [package for package in packages[1:] if "--hash=sha256:" not in package] == []


def test_a_checkout_builds_with_what_a_wheel_is_built_with() -> None:
    group = set(PROJECT["dependency-groups"]["build"])

    assert {wish for wish in group if not wish.startswith("editables")} == set(
        PROJECT["build-system"]["requires"]
    )


def test_the_lock_of_the_web_app_has_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_the_lock_of_the_web_app_has_what_package_json_asks_for() -> None:
    asked = json.loads((ROOT / "web" / "package.json").read_text())
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"][""]

    for kind in ("dependencies", "devDependencies"):
        assert lock[kind] == asked[kind]


def test_no_file_names_a_registry() -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]

    assert files
    assert [
        f"{file.relative_to(ROOT)}: {host}"
        for file in files
        for host in REGISTRIES
        if host.encode() in file.read_bytes()
    ] == []
