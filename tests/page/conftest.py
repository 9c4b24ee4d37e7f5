"""A page that holds a widget and no Jupyter: the built bundle, a stub model, a real browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import samples  # noqa: E402

pytest.importorskip("playwright.sync_api")

from chromium import chromium  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = HERE.parent.parent
JS = ROOT / "js"
STATIC = ROOT / "src" / "rushes" / "widgets" / "static"


def outdated() -> bool:
    built = [STATIC / "studio.js", STATIC / "studio.css"]
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


class Handler(http.server.SimpleHTTPRequestHandler):
    """The bundle under /static, films and pictures under /files, the page itself elsewhere."""

    def __init__(self, *args: Any, media: Path, static: Path, **kwargs: Any) -> None:
        self.roots = {"static": static, "files": media}
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        first, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
        if first in self.roots:
            return str(self.roots[first] / Path(rest).name)
        return str(HERE / "site" / (first or "index.html"))

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    samples.write_video(folder / "film.mp4")
    samples.write_poster(folder / "film.jpg")
    return folder


@pytest.fixture(scope="session")
def site(bundle: Path, media: Path) -> Iterator[str]:
    handler = functools.partial(Handler, media=media, static=bundle)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails its test on any script error."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site}/index.html")
    page.wait_for_function("window.ready")
    yield page
    context.close()
    assert errors == []


Mount = Callable[..., None]


@pytest.fixture
def mount(page: Page) -> Mount:
    """Show a Studio; keywords are traits, `replies` its kernel's answers by kind."""

    def show(
        *,
        replies: dict[str, Any] | None = None,
        resolve: str | None = None,
        media: dict[str, Any] | None = None,
        signal: bool = True,
        **traits: Any,
    ) -> None:
        known = {"hello": samples.HELLO, "estimate": samples.ESTIMATE, **(replies or {})}
        page.evaluate(
            "options => mount(options)",
            {
                "traits": samples.traits(**traits),
                "replies": {kind: reply for kind, reply in known.items() if reply is not None},
                "resolve": resolve,
                "media": media,
                "signal": signal,
            },
        )

    return show
