"""Builds the web app of `web/` into `hub/_web`: `python -m scripts.build_web [SCRIPT...]`.

Each SCRIPT is one of package.json, run after the build: check, lint, test.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from scripts.npm import npm

BUILT_FROM = ".built-from"  # in the built folder: the digest of the sources


def build(root: Path) -> None:
    """Build unless `hub/_web` was built from just these sources; raise if a tool fails."""
    web, built = root / "web", root / "hub" / "_web"
    wanted = digest(web)
    if text(built / BUILT_FROM) == wanted:
        return
    packages(web)
    npm(web, "run", "build", "--silent", "--", "--logLevel=warn", "--emptyOutDir")
    (web / "dist" / BUILT_FROM).write_text(wanted)
    shutil.rmtree(built, ignore_errors=True)
    (web / "dist").rename(built)  # whole or not at all, whenever somebody interrupts


def packages(web: Path) -> None:
    """Install what the lock names, unless that is what is there."""
    lock, installed = web / "package-lock.json", web / "node_modules" / ".lock-digest"
    wanted = sha256(lock.read_bytes()).hexdigest()
    if text(installed) != wanted:
        # npm's own number of retries is minutes of silence where there is no network
        npm(web, "ci", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
        installed.write_text(wanted)


def digest(web: Path) -> str:
    """One digest over the names and contents of all sources: a file that goes counts too."""
    files = [*web.glob("*.*"), *web.glob("src/**/*"), *web.glob("public/**/*")]
    lines = sorted(
        f"{sha256(file.read_bytes()).hexdigest()} {file.relative_to(web).as_posix()}"
        for file in files
        if file.is_file()
    )
    return sha256("\n".join(lines).encode()).hexdigest()


def text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def main(root: Path, scripts: list[str]) -> None:
    build(root)
    if scripts:
        packages(root / "web")
    for script in scripts:
        npm(root / "web", "run", "--silent", script)


if __name__ == "__main__":
    try:
        main(Path(__file__).resolve().parent.parent, sys.argv[1:])
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)  # the tool has said why
