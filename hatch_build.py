"""Builds what a wheel carries besides Python: the web app, the models, and whose they are."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)  # a build backend has no folder of its own on the path
        from scripts import build_licenses, build_models, build_web

        build_web.build(Path(self.root))
        build_models.build(Path(self.root))
        build_licenses.build(Path(self.root))
