"""A page that holds a widget and no Jupyter: the built bundle, a stub model, a real browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import samples  # noqa: E402

pytest.importorskip("playwright.sync_api")

from hosting import served  # noqa: E402

from support.chromium import PATIENCE, chromium  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

ROOT = HERE.parent.parent
JS = ROOT / "js"
STATIC = ROOT / "src" / "rushes" / "widgets" / "static"


def outdated() -> bool:
    widgets = ("studio", "compare", "board", "vote")
    names = [f"{name}.{kind}" for name in widgets for kind in ("js", "css")] + [
        "player.css",
        "vote-page.js",
    ]
    built = [STATIC / name for name in names]
    if not all(path.exists() for path in built):
        return True
    sources = [JS / "build.mjs", *(path for path in (JS / "src").rglob("*") if path.is_file())]
    newest = max(path.stat().st_mtime for path in sources)
    return min(path.stat().st_mtime for path in built) < newest


@pytest.fixture(scope="session")
def bundle() -> Path:
    if outdated():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("the front end is not built and npm is missing")
        if not (JS / "node_modules").exists():
            subprocess.run([npm, "ci"], cwd=JS, check=True)
        subprocess.run([npm, "run", "build"], cwd=JS, check=True)
    return STATIC


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    samples.write_video(folder / "film.mp4")
    samples.write_poster(folder / "film.jpg")
    return folder


@pytest.fixture(scope="session")
def gate() -> threading.Event:
    """Set, it lets through what is asked for under a name with "slow" in it."""
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
def slow(gate: threading.Event) -> Iterator[threading.Event]:
    """Holds back what has "slow" in its name until the test sets it, or ends."""
    gate.clear()
    yield gate
    gate.set()


@pytest.fixture(scope="session")
def site(bundle: Path, media: Path, gate: threading.Event) -> Iterator[str]:
    with served(media, bundle, gate) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails its test on any script error."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site}/index.html")
    page.wait_for_function("window.ready")
    yield page
    context.close()
    assert errors == []


Mount = Callable[..., None]


@pytest.fixture
def mount(page: Page, bundle: Path) -> Mount:
    """Show a Studio; keywords are traits, `replies` its kernel's answers by kind.

    It is shown in `frame`, or the page itself; `host` is what the stub's host is like.
    """

    def show(
        *,
        replies: dict[str, Any] | None = None,
        resolve: str | None = None,
        media: dict[str, Any] | None = None,
        signal: bool = True,
        frame: Frame | None = None,
        host: dict[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        known = {
            "hello": samples.HELLO,
            "estimate": samples.ESTIMATE,
            "player": samples.player(bundle),
            **(replies or {}),
        }
        (frame or page).evaluate(
            "options => mount(options)",
            {
                "traits": samples.traits(**traits),
                "replies": {kind: reply for kind, reply in known.items() if reply is not None},
                "resolve": resolve,
                "media": media,
                "signal": signal,
                **(host or {}),
            },
        )

    return show


@pytest.fixture
def mount_compare(page: Page, site: str) -> Mount:
    """Show a comparison, as `mount` shows a Studio."""

    def show(
        *,
        replies: dict[str, Any] | None = None,
        resolve: str | None = "/files/",
        media: dict[str, Any] | None = None,
        frame: Frame | None = None,
        host: dict[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        known = {"hello": samples.HELLO, "clip": samples.NO_CLIP, **(replies or {})}
        (frame or page).evaluate(
            "options => mount(options)",
            {
                "bundle": "compare",
                "traits": {
                    "_epoch": "first",
                    "columns": 0,
                    "view": "grid",
                    "blind": False,
                    **traits,
                },
                "replies": known,
                "resolve": f"{site}{resolve}" if resolve else None,
                "media": media,
                **(host or {}),
            },
        )

    return show


@pytest.fixture
def mount_board(page: Page, bundle: Path, site: str) -> Mount:
    """Show a board, as `mount` shows a Studio."""

    def show(
        *,
        replies: dict[str, Any] | None = None,
        resolve: str | None = "/files/",
        media: dict[str, Any] | None = None,
        host: dict[str, Any] | None = None,
        **traits: Any,
    ) -> None:
        known = {"hello": samples.HELLO, "clip": samples.NO_CLIP, "player": samples.player(bundle)}
        page.evaluate(
            "options => mount(options)",
            {
                "bundle": "board",
                "traits": samples.board(**traits),
                "replies": {**known, **(replies or {})},
                "resolve": f"{site}{resolve}" if resolve else None,
                "media": media,
                **(host or {}),
            },
        )

    return show
