"""Builds the front end into the package with esbuild."""

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

BUILT = (
    "studio.js",
    "studio.css",
    "compare.js",
    "compare.css",
    "player.css",
    "board.js",
    "board.css",
    "vote.js",
    "vote.css",
    "vote-page.js",
)
"""What the build writes."""

INPUTS = ("src/**/*", "package-lock.json", "package.json", "build.mjs", "tsconfig.json")
"""What the build reads, below `js`."""


def is_current() -> bool:
    """Whether every built file is there and none is older than any of its sources."""
    built = [STATIC / name for name in BUILT]
    if not all(path.exists() for path in built):
        return False
    # Not folders: their times are of the unpacking, while files keep those of the sdist.
    sources = [path for pattern in INPUTS for path in JS.glob(pattern) if path.is_file()]
    newest = max((path.stat().st_mtime for path in sources), default=0.0)
    return all(path.stat().st_mtime >= newest for path in built)


def build() -> None:
    """Install the front end's tools and run them.

    Raises:
        RuntimeError: when there is no npm, or it fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        msg = (
            "The front end must be built, and npm was not found. Install Node.js 20 or newer, or "
            "set SKIP_JS_BUILD=1 to go without the widgets."
        )
        raise RuntimeError(msg)
    for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        done = subprocess.run([npm, *command], cwd=JS, check=False)  # noqa: S603 - npm, with our own words
        if done.returncode:
            msg = f"The front end could not be built: npm {' '.join(command)} failed; see above."
            raise RuntimeError(msg)


class FrontEndBuildHook(BuildHookInterface[Any]):
    """Builds the front end unless disabled, or unless the built files are up to date.

    An sdist holds the sources and what was built of them, so a wheel made from it needs no npm.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build `js/` into the package's static folder.

        Raises:
            RuntimeError: when it must be built and cannot be.
        """
        if os.environ.get("SKIP_JS_BUILD") != "1" and not is_current():
            build()
