"""Builds the front end into the wheel with esbuild."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
JS = ROOT / "js"
STATIC = ROOT / "src" / "rushes" / "widgets" / "static"
BUILT = ("studio.js", "studio.css")


def is_current() -> bool:
    """Whether every built file is newer than every source of the front end."""
    built = [STATIC / name for name in BUILT]
    if not all(path.exists() for path in built):
        return False
    sources = [
        *JS.glob("src/**/*"),
        *(JS / name for name in ("package-lock.json", "build.mjs") if (JS / name).exists()),
    ]
    newest = max((path.stat().st_mtime for path in sources), default=0.0)
    return all(path.stat().st_mtime >= newest for path in built)


class FrontEndBuildHook(BuildHookInterface[Any]):
    """Runs `npm ci` and esbuild unless told not to, or unless the result is already newer."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build `js/` into the package's static folder.

        Raises:
            RuntimeError: when npm is missing and there is nothing built to use.
        """
        if os.environ.get("SKIP_JS_BUILD") == "1" or is_current() or not JS.exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            msg = (
                "the front end must be built and npm was not found: install Node.js 20 or newer, "
                "or set SKIP_JS_BUILD=1 to build a package without widgets"
            )
            raise RuntimeError(msg)
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True)  # noqa: S603
        subprocess.run([npm, "run", "build"], cwd=JS, check=True)  # noqa: S603
