"""`rushes providers add` on the way to a service: through proxies, and never to another address."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from emulators.fal import FAL_KEY
from rushes.cli import app
from support.certificates import own_certificate
from support.imported import fal_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "acme/dream/text-to-video"
DOCUMENT = fal_document(
    MODEL,
    {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
)


class Host(ThreadingHTTPServer):
    """A web server of this machine, and a proxy for those who use it as one.

    Args:
        trust: its certificate; None serves plain HTTP.

    Attributes:
        status: of every answer.
        headers: of every answer.
        body: of every answer.
        heard: the first words of each request.
    """

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        if trust is not None:
            self.socket = trust.wrap_socket(self.socket, server_side=True)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = json.dumps(DOCUMENT).encode()
        self.heard: list[str] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Host

    def do_GET(self) -> None:
        """Answer, or forward what is for another host."""
        self.server.heard.append(f"GET {self.path}")
        status, headers, body = self.server.status, self.server.headers, self.server.body
        if self.path.startswith("http"):
            there = httpx.get(self.path, trust_env=False)
            status, headers, body = there.status_code, {}, there.content
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        """Make a tunnel, and forward what comes through it until one side hangs up."""
        self.server.heard.append(f"CONNECT {self.path}")
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            other = {self.connection: there, there: self.connection}
            while True:
                for side in select.select([*other], [], [])[0]:
                    data = side.recv(65_536)
                    if not data:
                        return
                    other[side].sendall(data)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def hosting(trust: ssl.SSLContext | None = None) -> Iterator[Host]:
    """A host that answers in a thread of its own."""
    with Host(trust) as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            host.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, emulator: Any) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    emulator.settings.documents[MODEL] = DOCUMENT
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RUSHES_FAL_SITE_URL", emulator.site_url)
    monkeypatch.setenv("RUSHES_FAL_API_URL", emulator.api_url)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["providers", *arguments])
    return done.exit_code, " ".join(done.output.split())


def files(folder: Path) -> dict[Path, bytes]:
    """The provider files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*.toml")}


# --- proxies --------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_used(emulator, monkeypatch, tmp_path):
    """It gets the whole request, and passes it on."""
    with hosting() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        code, shown = run("add", f"fal:{MODEL}", "--as", "dream")

    assert code == 0, shown
    assert len(files(tmp_path)) == 1
    (line,) = proxy.heard
    assert line.startswith(f"GET {emulator.site_url}/api/openapi/queue/openapi.json")


def test_a_proxy_makes_a_tunnel_to_a_host_with_a_certificate_of_its_own(monkeypatch, tmp_path):
    """As in a company's network: the proxy sees the name of the host, and nothing else."""
    file = own_certificate(tmp_path / "own.pem")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with hosting() as proxy, hosting(trust) as site:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("RUSHES_FAL_SITE_URL", f"https://localhost:{site.server_port}")
        code, shown = run("add", f"fal:{MODEL}", "--as", "dream")

    assert code == 0, shown
    assert proxy.heard == [f"CONNECT localhost:{site.server_port}"]
    assert len(site.heard) == 1


def test_a_host_that_is_excepted_is_asked_without_the_proxy(monkeypatch):
    """`NO_PROXY` names it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    code, shown = run("add", f"fal:{MODEL}", "--as", "dream")
    assert code == 0, shown


def test_a_proxy_that_is_not_there_is_named_and_nothing_is_written(monkeypatch, tmp_path):
    """With the variable that names it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    code, shown = run("add", f"fal:{MODEL}", "--as", "dream")
    assert (code, "HTTP_PROXY" in shown) == (1, True), shown
    assert files(tmp_path) == {}


# --- answers that are no schema -------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_not_followed(emulator, monkeypatch, tmp_path, status):
    """Also where a schema is served there; nothing is written, and nobody there is asked."""
    monkeypatch.setenv("FAL_KEY", FAL_KEY)
    with hosting() as site:
        site.status = status
        site.headers = {
            "Location": f"{emulator.site_url}/api/openapi/queue/openapi.json?endpoint_id={MODEL}"
        }
        monkeypatch.setenv("RUSHES_FAL_SITE_URL", site.url)
        code, shown = run("add", f"fal:{MODEL}", "--as", "dream")

    assert (code, "leads to another address that is not followed" in shown) == (1, True), shown
    assert len(site.heard) == 1
    assert emulator.requests == []
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b'{"openapi": "3.0.4", "paths": ',
        b"[1, 2]",
        b"null",
        b'{"openapi": "3.0.4", "paths": {}}',
        b'{"paths": {"/x": {"post": "no"}}}',
        b'\x00\xff\xfe{"paths": {}}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_an_answer_that_describes_no_model_writes_nothing(monkeypatch, tmp_path, body):
    """The message names the service and the model."""
    with hosting() as site:
        site.body = body
        monkeypatch.setenv("RUSHES_FAL_SITE_URL", site.url)
        code, shown = run("add", f"fal:{MODEL}", "--as", "dream")

    assert code == 1, shown
    assert MODEL in shown
    assert "Traceback" not in shown
    assert files(tmp_path) == {}


def test_a_file_stays_as_it_is_when_its_service_answers_with_something_else(monkeypatch, tmp_path):
    """Neither `check` nor `add --replace` changes it then."""
    run("add", f"fal:{MODEL}", "--as", "dream")
    before = files(tmp_path)
    with hosting() as site:
        site.status, site.headers = 302, {"Location": "https://elsewhere.example/openapi.json"}
        monkeypatch.setenv("RUSHES_FAL_SITE_URL", site.url)
        checked = run("check", "dream")
        replaced = run("add", f"fal:{MODEL}", "--as", "dream", "--replace")

    assert (checked[0], replaced[0]) == (1, 1)
    assert "dream: not checked" in checked[1]
    assert files(tmp_path) == before != {}
