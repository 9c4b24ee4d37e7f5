"""A server of the page, the built bundle and films, as a notebook's host serves them."""

from __future__ import annotations

import contextlib
import functools
import http.server
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


class Handler(http.server.SimpleHTTPRequestHandler):
    """The bundle under /static, films and pictures under /files, the page itself elsewhere."""

    def __init__(
        self, *args: Any, media: Path, static: Path, slow: threading.Event, **kwargs: Any
    ) -> None:
        self.slow = slow
        self.roots = {"static": static, "files": media}
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        first, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
        if first in self.roots:
            return str(self.roots[first] / Path(rest).name)
        return str(HERE / "site" / (first or "index.html"))

    def do_GET(self) -> None:
        """Films in parts, as hosts do: without that a browser cannot seek."""
        path = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if "slow" in self.path:
            self.slow.wait(60)
        if wanted is None or not path.is_file():
            super().do_GET()
            return
        size = path.stat().st_size
        first = int(wanted[1])
        last = min(size - 1, int(wanted[2] or size - 1))
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        with path.open("rb") as file, contextlib.suppress(ConnectionError):
            file.seek(first)
            self.wfile.write(file.read(last - first + 1))

    def end_headers(self) -> None:
        """Frames without an origin may load everything."""
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(media: Path, static: Path, slow: threading.Event) -> Iterator[str]:
    """Its address; what has "slow" in its name is held back until the event."""
    handler = functools.partial(Handler, media=media, static=static, slow=slow)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            slow.set()
            server.shutdown()
            thread.join()
