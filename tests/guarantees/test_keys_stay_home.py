"""A service's key goes to that service, and is shown nowhere."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

import httpx
import pytest

import rushes
from emulators.fal import FalEmulator, FalSettings
from emulators.faults import Fault, FaultKind
from rushes import (
    AuthenticationFailed,
    JobState,
    NoBackend,
    RushesError,
    VideoGen,
    VideoGenResult,
)
from rushes.backends.protocol import Accepted, Limits, Passing
from rushes.catalog import Catalog
from support.requests import FOX
from support.services import BY_NAME, SERVICES
from support.timings import AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType


MARKER = "MARKERKEY1234567890"


@dataclass
class Stranger:
    """A host that keeps what it is sent.

    Attributes:
        headers: of its replies.
        status: of its replies.
        requests: raw path and headers of each request.
    """

    headers: dict[str, str] = field(default_factory=dict)
    status: int = 404
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @property
    def keys(self) -> list[str]:
        """Keys that it was sent."""
        return [
            headers["authorization"] for _, headers in self.requests if "authorization" in headers
        ]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    found = Stranger()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.requests.append((self.path, headers))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value.format(**headers))
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that it looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def ask(backend: Any, scenario: Callable[[], Any]) -> Any:
    """Run a scenario with a connected backend."""

    async def run() -> Any:
        async with httpx.AsyncClient(timeout=60.0) as client:
            backend.connect(client)
            return await scenario()

    return asyncio.run(run())


# --- the journal holds no address -----------------------------------------------------------------


def running_job(make: Callable[..., VideoGen], fal: FalEmulator) -> str:
    """A job that the service works on, left by a process that has ended."""
    gen = make(BY_NAME["fal"].backend(fal.urls))
    job = gen.submit(FOX)
    until(lambda: job.state is JobState.RUNNING)
    gen.close()
    return job.id


def journal_addresses(tmp_path: Path, job: str, base: str) -> None:
    """Write addresses of a job into its row, as earlier releases did."""
    endpoint = Catalog.load().providers["seedance-2.0"].backends["fal"].models["text-to-video"]
    model = "/".join(endpoint.split("/")[:2])
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
        (remote_id,) = db.execute("SELECT remote_id FROM jobs WHERE id = ?", (job,)).fetchone()
        url = f"{base}/{model}/requests/{remote_id}"
        remote = {"status_url": f"{url}/status", "response_url": url, "cancel_url": f"{url}/cancel"}
        changed = db.execute(
            "UPDATE jobs SET remote = ? WHERE id = ?", (json.dumps(remote), job)
        ).rowcount
        assert changed == 1
    db.close()


@pytest.fixture
def fal() -> Iterator[FalEmulator]:
    settings = FalSettings(run_seconds=AN_HOUR, tiny_clips=True, streams=False)
    with FalEmulator(settings) as running:
        yield running


def test_an_address_in_the_journal_is_not_asked(make, fal, stranger, tmp_path):
    """The job is asked for at its service all the same, and nobody else gets the key."""
    job = running_job(make, fal)
    journal_addresses(tmp_path, job, stranger.url)
    fal.advance(4000.0)

    gen = make(BY_NAME["fal"].backend(fal.urls))

    assert gen.job(job).result().path.exists()
    assert stranger.requests == []


def test_a_job_of_an_earlier_release_is_finished(make, fal, tmp_path):
    """Its row holds addresses instead of the model; id and model are read out of it."""
    job = running_job(make, fal)
    journal_addresses(tmp_path, job, fal.queue_url)
    fal.advance(4000.0)

    gen = make(BY_NAME["fal"].backend(fal.urls))

    assert gen.job(job).result().path.exists()
    assert len(fal.jobs) == 1


def test_a_job_can_be_cancelled_whatever_its_row_says(make, fal, stranger, tmp_path):
    """The wish goes to the service, too."""
    job = running_job(make, fal)
    journal_addresses(tmp_path, job, stranger.url)

    gen = make(BY_NAME["fal"].backend(fal.urls))

    assert gen.job(job).cancel().reached
    assert stranger.requests == []


def test_yesterdays_address_does_not_get_todays_key(make, fal):
    """A job that was made elsewhere is asked for where the service is now."""
    job = running_job(make, fal)
    requests = len(fal.requests)
    with FalEmulator(FalSettings(keys=frozenset({f"id:{MARKER}"}))) as today:
        gen = make(BY_NAME["fal"].backend(today.urls, key=f"id:{MARKER}"))

        record = gen.engine.wait(job).result(60.0)

    assert "does not know job" in record.error.message
    assert fal.requests[requests:] == []


def test_a_row_that_leads_nowhere_ends_its_job_in_words(make, fal, tmp_path):
    """It is not asked for again and again without end."""
    gen = make(BY_NAME["fal"].backend(fal.urls))
    rows = {gen.submit(FOX).id: row for row in ({}, {"status_url": "http://["}, {"endpoint": ".."})}
    until(lambda: {gen.job(job).state for job in rows} == {JobState.RUNNING})
    gen.close()
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
        for job, row in rows.items():
            db.execute("UPDATE jobs SET remote = ? WHERE id = ?", (json.dumps(row), job))
    db.close()

    gen = make(BY_NAME["fal"].backend(fal.urls))

    for job in rows:
        assert gen.engine.wait(job).result(60.0).state is JobState.FAILED


# --- a key belongs to its service -----------------------------------------------------------------


def test_a_key_goes_to_its_service_alone():
    """Scheme, host and port have to be the service's; the request is not sent otherwise."""
    from rushes.backends.key import KeyAuth  # noqa: PLC0415 - its behaviour is what is tested

    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(200)

    auth = KeyAuth(MARKER)
    with httpx.Client(transport=httpx.MockTransport(answer), auth=auth) as client:
        client.get("https://api.example.com/first")
        for url in (
            "http://api.example.com/x",
            "https://api.example.com:8443/x",
            "https://api.example.com.evil.example/x",
            "https://api.example.com@evil.example/x",
            "https://evil.example/x",
        ):
            with pytest.raises(RushesError, match=r"belongs to https://api\.example\.com"):
                client.get(url)
        client.get("https://API.example.com:443/last")

    assert [url.rpartition("/")[2] for url in sent] == ["first", "last"]


class Astray:
    """A third party's backend whose jobs, or whose submissions, are at another host.

    Args:
        home: where its key belongs.
        elsewhere: where it sends it.
        submits: whether it gets a job accepted before that.
    """

    name = "fal"
    limits = Limits(poll_floor=0.05, first_poll=0.05)
    upload_lifetime = None
    reconciliation = "none"
    lag = 0.0

    def __init__(self, home: str, elsewhere: str, *, submits: bool) -> None:
        from rushes.backends.key import KeyAuth  # noqa: PLC0415 - as above

        self._auth, self._home, self._elsewhere = KeyAuth(MARKER), home, elsewhere
        self._submits = submits

    @classmethod
    def from_environment(cls, *_: Any) -> Astray:
        raise NotImplementedError

    def connect(self, client: httpx.AsyncClient) -> None:
        self.media = self._client = client

    def translate(self, *_: Any) -> dict[str, Any]:
        return {}

    async def upload(self, path: Path) -> str:
        return str(path)

    async def submit(self, _: Any) -> Accepted:
        await self._client.get(self._home, auth=self._auth)
        if not self._submits:
            await self._client.post(self._elsewhere, auth=self._auth)
        return Accepted("job-1")

    async def poll(self, *_: Any) -> Passing:
        await self._client.get(self._elsewhere, auth=self._auth)
        return Passing(RushesError("unreadable"))

    cancel = find = poll

    def locate(self, remote_id: str, _: Any) -> Accepted:
        return Accepted(remote_id)


@pytest.mark.parametrize("submits", [False, True], ids=["submission", "status"])
def test_a_key_that_is_withheld_ends_the_job_in_words(make, fal, stranger, submits):
    """Not in an endless loop; nothing was sent with it."""
    gen = make(Astray(fal.base_url, stranger.url, submits=submits))

    with pytest.raises(AuthenticationFailed, match=r"key belongs to http://127\.0\.0\.1"):
        gen.submit(FOX).result(60.0)

    assert stranger.requests == []


# --- the address that is set ----------------------------------------------------------------------

KEYS = {
    "fal": {"FAL_KEY": f"id:{MARKER}"},
    "ark": {"ARK_API_KEY": MARKER},
    "kling": {"KLING_API_KEY": MARKER},
    "kling-legacy": {"KLING_ACCESS_KEY": f"{MARKER}A", "KLING_SECRET_KEY": f"{MARKER}S"},
    "runway": {"RUNWAYML_API_SECRET": MARKER},
    "gateway": {"RUSHES_GATEWAY_TOKEN": MARKER},
}

ADDRESSES = [
    ("fal", "RUSHES_FAL_QUEUE_URL"),
    ("fal", "RUSHES_FAL_REST_URL"),
    ("fal", "RUSHES_FAL_API_URL"),
    ("ark", "ARK_BASE_URL"),
    ("kling", "KLING_BASE_URL"),
    ("kling-legacy", "KLING_BASE_URL"),
    ("runway", "RUNWAYML_BASE_URL"),
    ("gateway", "RUSHES_GATEWAY_URL"),
]


def made(name: str, variables: dict[str, str], home: Path) -> Any:
    """What a service's backend makes of the environment."""
    (point,) = entry_points(group="rushes.backends", name=name)
    return point.load().from_environment(variables, home)


@pytest.mark.parametrize(("name", "variable"), ADDRESSES)
def test_a_key_is_not_sent_in_clear_text(tmp_path, name, variable):
    """Only https goes to another machine; the variable is named before anything is sent."""
    for url in (
        "http://video.example.org",
        "http://10.0.0.7:8000/v1",
        "http://localhost.evil.example",
    ):
        with pytest.raises(NoBackend, match=f"{variable}.*https://"):
            made(name, KEYS[name] | {variable: url}, tmp_path)


@pytest.mark.parametrize(("name", "variable"), ADDRESSES)
def test_https_and_this_machine_will_do(tmp_path, name, variable):
    """A service of one's own is asked over https, or on this machine."""
    for url in ("https://video.example.org/v1/", "http://127.0.0.1:8000", "http://[::1]:1"):
        others = {each: url for service, each in ADDRESSES if service == name}

        assert made(name, KEYS[name] | others | {variable: url}, tmp_path).name == name


NO_ADDRESSES = [
    "video.example.org",
    "ftp://x",
    "https://",
    "https://x?k=1",
    "http://[",
    f"https://u:{MARKER}@x",
    MARKER,
]


@pytest.mark.parametrize(("name", "variable"), ADDRESSES)
def test_what_is_not_an_address_is_refused_by_the_variables_name(tmp_path, name, variable):
    """Before anything is sent, and without what may be a key in the wrong place."""
    for url in NO_ADDRESSES:
        with pytest.raises(NoBackend, match=variable) as caught:
            made(name, KEYS[name] | {variable: url}, tmp_path)

        assert MARKER not in caught.value.message


@pytest.mark.parametrize("name", KEYS)
def test_more_than_a_key_is_refused_by_the_variables_name(tmp_path, name):
    """Quotes, and the word before a key in a request, would be sent as a part of it."""
    for form in ('"{}"', "'{}'", "Bearer {}", "key {}", "Authorization: {}"):
        padded = {variable: form.format(key) for variable, key in KEYS[name].items()}
        address = {"RUSHES_GATEWAY_URL": "https://gateway.example"}

        with pytest.raises(NoBackend, match="|".join(KEYS[name])) as caught:
            made(name, address | padded, tmp_path)

        assert MARKER not in printed(caught.value, inside(caught.value.__traceback__))


# --- tracebacks -----------------------------------------------------------------------------------

TROUBLES = [
    *[(name, {variable: "http://video.example.org"}) for name, variable in ADDRESSES],
    ("fal", {"FAL_KEY": "", "FAL_KEY_ID": MARKER}),
    ("ark", {"ARK_REGION": "mars"}),
    ("kling", {"KLING_REGION": "mars"}),
    ("kling", {"KLING_BASE_URL": "ftp://x"}),
    ("kling", {"KLING_API_KEY": "", "KLING_ACCESS_KEY": MARKER}),
    ("kling-legacy", {"KLING_REGION": "mars"}),
    ("kling-legacy", {"KLING_ACCESS_KEY": ""}),
    ("kling-legacy", {"KLING_SECRET_KEY": ""}),
    ("gateway", {"RUSHES_GATEWAY_URL": ""}),
]
"""By service, what is wrong with its variables."""


@pytest.mark.parametrize(("name", "wrong"), TROUBLES)
def test_no_traceback_shows_a_key(tmp_path, monkeypatch, name, wrong):
    """Whatever is wrong with the variables, and whichever tool prints the frames' variables."""
    for variable, value in (KEYS[name] | wrong).items():
        monkeypatch.setenv(variable, value)
    del wrong

    with pytest.raises(NoBackend) as caught:
        made(name, os.environ, tmp_path)  # type: ignore[arg-type]

    shown = printed(caught.value, inside(caught.value.__traceback__))
    assert "from_environment" in shown
    assert MARKER not in shown


def inside(traceback: TracebackType | None) -> TracebackType | None:
    """The frames of the package, without the test's."""
    while traceback and "rushes" not in traceback.tb_frame.f_globals.get("__name__", ""):
        traceback = traceback.tb_next
    return traceback


def printed(error: BaseException, traceback: TracebackType | None) -> str:
    """What IPython and rich show of an error, with the variables of each frame."""
    from IPython.core.ultratb import VerboseTB  # noqa: PLC0415 - takes a moment
    from rich.console import Console  # noqa: PLC0415
    from rich.traceback import Traceback  # noqa: PLC0415

    kind = type(error)
    console = Console(file=StringIO(), width=200)
    console.print(Traceback.from_exception(kind, error, traceback, show_locals=True))
    verbose = VerboseTB(include_vars=True).text(kind, error, traceback)
    return f"{verbose}\n{console.file.getvalue()}"  # type: ignore[attr-defined]


THIRD_PARTY = """
from rushes import NoBackend

class AcmeBackend:
    name = "acme"

    @classmethod
    def from_environment(cls, environment, home):
        key = environment.get("ACME_API_KEY", "").strip()
        if not key:
            raise NoBackend("set ACME_API_KEY")
        raise NoBackend(f"got {key!r} {key} {environment} {environment['ACME_TOKEN']!r}")
"""


def test_a_third_partys_backend_shows_no_key_either(tmp_path):
    """Variables that end in KEY, TOKEN or SECRET give a text that does not show itself."""
    (tmp_path / "acme.py").write_text(THIRD_PARTY)
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rushes.backends]\nacme = acme:AcmeBackend\n")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {"PYTHONPATH": os.pathsep.join(paths), "ACME_API_KEY": MARKER, "ACME_TOKEN": MARKER}
    command = [sys.executable, "-c", "import rushes; print(rushes.list_backends())"]

    output = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=True
    ).stdout

    assert "got *** ***" in output
    assert MARKER not in output


# --- processes ------------------------------------------------------------------------------------

WITNESS = """
import json, os, sys

if "rushes.backends.preview.process" in sys.orig_argv:
    draft = os.path.join(os.path.dirname(__file__), "environment.draft")
    with open(draft, "w") as file:
        json.dump(dict(os.environ), file)
    os.replace(draft, draft.replace("draft", "json"))
"""


def test_the_renderer_gets_no_key(make, tmp_path, monkeypatch):
    """It reads files from anywhere; it is told what Python needs, and where the home is."""
    folder = tmp_path / "witness"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITNESS)
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    for variables in KEYS.values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "PYTHONANYWHERE_API_TOKEN",
        "DATABASE_URL",
        "HF_PASSWORD",
    ):
        monkeypatch.setenv(name, MARKER)

    job = make("preview").submit(FOX)
    until((folder / "environment.json").exists)
    job.cancel()

    told = json.loads((folder / "environment.json").read_text())
    assert MARKER not in json.dumps(told)
    assert told["PATH"] == os.environ["PATH"]
    assert told["RUSHES_HOME"] == os.environ["RUSHES_HOME"]


STARTING = {"Popen", "run", "call", "check_call", "check_output", "create_subprocess_exec"}
"""Functions that start a process, of `subprocess` and `asyncio`."""


def test_no_process_is_started_with_keys():
    """Each call that starts one says which variables it gets, and multiprocessing starts none."""
    package = Path(rushes.__file__).parent
    started = 0
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                module = ast.unparse(node.func.value)
                if module in {"subprocess", "asyncio"} and node.func.attr in STARTING:
                    if module == "asyncio" and node.func.attr == "run":
                        continue
                    given = {each.arg: ast.unparse(each.value) for each in node.keywords}
                    assert given.get("env") == "without_secrets(os.environ)", path
                    started += 1
                assert (module, node.func.attr) not in {
                    *(("os", name) for name in ("system", "popen", "posix_spawn", "execv")),
                    ("multiprocessing", "Process"),
                }, path
            if isinstance(node, ast.ImportFrom):
                names = {name.name for name in node.names}
                assert node.module != "subprocess", path
                is_own = (node.module or "").startswith("rushes.")
                assert is_own or not names & {"Process", "ProcessPoolExecutor"}, path
    assert started > 0


# --- ids ------------------------------------------------------------------------------------------

EVIL = [
    "../../../other/requests/x?y=1#z",
    "..%2f..%2fother",
    "a/b",
    "a?b=c",
    "ä ö",
    "a\\b",
    "//h/x",
]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_an_id_leads_to_no_other_route(stranger, service):
    """Whatever a service or a user calls an id, it is one part of the address."""
    urls = dict.fromkeys(("queue", "rest", "api", "url", "base_url"), f"{stranger.url}/base")
    spec = Catalog.load().providers[service.provider]
    params = Catalog.load().read(service.request, backend=service.name)

    backend = service.backend(urls)
    asked: dict[str, list[str]] = {}

    async def scenario() -> None:
        for remote_id in ("an-id", *EVIL):
            found = backend.locate(remote_id, backend.translate(params, spec, {}))
            await backend.poll(found.remote_id, found.remote)
            await backend.cancel(found.remote_id, found.remote)
            asked[remote_id] = [path for path, _ in stranger.requests]
            stranger.requests.clear()

    ask(backend, scenario)

    usual = [path.partition("?") for path in asked["an-id"]]
    for evil in EVIL:
        paths = [path.partition("?") for path in asked[evil]]
        assert [path for path, _, _ in paths] == [
            path.replace("an-id", quote(evil, safe="")) for path, _, _ in usual
        ]
        assert [unquote_plus(query) for _, _, query in paths] == [
            query.replace("an-id", evil) for _, _, query in usual
        ]


def test_what_cannot_be_an_id_is_refused_unasked(make, fal):
    """The job stays uncertain, and the service is not bothered."""
    fal.settings.history_usable = False
    fal.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    gen = make(BY_NAME["fal"].backend(fal.urls, lag=0.0))
    job = gen.submit(FOX)
    assert gen.engine.wait(job.id).result(60.0).state is JobState.UNCERTAIN
    requests = len(fal.requests)

    for remote_id in ("", "..", ".", "x" * 201, "a\x00b", "a\nb", "\ud83d"):
        with pytest.raises(RushesError, match="is not an id of fal"):
            job.resolve(remote_id)

    assert job.state is JobState.UNCERTAIN
    assert fal.requests[requests:] == []


def test_an_id_that_cannot_be_one_keeps_no_other_job_waiting(make, tmp_path):
    """Of jobs that are asked for together only that one ends, in words."""
    ark = BY_NAME["ark"]
    with ark.emulator(run_seconds=AN_HOUR, tiny_clips=True) as emulator:
        gen = make(ark.backend(emulator.urls))
        ids = [gen.submit(FOX).id for _ in range(3)]
        until(lambda: {gen.job(job).state for job in ids} == {JobState.RUNNING})
        gen.close()
        with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
            db.execute("UPDATE jobs SET remote_id = ? WHERE id = ?", ("x" * 9_000, ids[0]))
        db.close()

        gen = make(ark.backend(emulator.urls))
        assert gen.engine.wait(ids[0]).result(60.0).state is JobState.FAILED
        emulator.advance(4000.0)

        for job in ids[1:]:
            assert gen.engine.wait(job).result(60.0).state is JobState.COMPLETED


def test_no_id_leads_the_preview_out_of_its_folder(tmp_path):
    """It looks for jobs in its own folder alone."""
    (tmp_path / "home" / "trap").mkdir(parents=True)
    (tmp_path / "home" / "trap" / "request.json").write_text('{"scene": {"seed": 1}}')
    (tmp_path / "home" / "trap" / "video.mp4").write_bytes(b"not its own")
    backend = made("preview", {}, tmp_path / "home")

    async def scenario() -> Any:
        return [
            type(await backend.poll(each, {})).__name__
            for each in ("../trap", "x/../../trap", str(tmp_path / "home" / "trap"), "ä" * 190)
        ]

    assert ask(backend, scenario) == ["Absent"] * 4


# --- logs -----------------------------------------------------------------------------------------


def test_no_log_shows_what_opens_something(make, stranger, caplog):
    """With everything logged: no key, also when a service repeats it, no signature, no cookie."""
    caplog.set_level(logging.DEBUG)
    stranger.status = 303
    stranger.headers = {
        "Location": "https://cdn.example/take.mp4?X-Sig=SIGNED1#SIGNED2",
        "Set-Cookie": "sid=COOKIE'1; Path=/",
        "X-You-Sent": "{authorization}",
    }
    gen = make(BY_NAME["runway"].backend({"base_url": stranger.url}, key=MARKER))

    gen.engine.wait(gen.submit(FOX).id).result(60.0)

    assert stranger.keys
    assert "receive_response_headers.complete" in caplog.text
    assert "take.mp4" in caplog.text
    for secret in (MARKER, "SIGNED1", "SIGNED2", "COOKIE"):
        assert secret not in caplog.text


# --- notebooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["beside/a.mp4", ".hidden/a.mp4"])
def test_a_notebook_is_saved_without_a_signed_link(tmp_path, monkeypatch, place):
    """Whoever gets the notebook would have the video; a link without a query may stay."""
    from rushes.widgets.display import bundle  # noqa: PLC0415 - brings the widgets
    from rushes.widgets.take import media  # noqa: PLC0415 - as above

    monkeypatch.chdir(tmp_path)
    signed, plain = "https://cdn.example/a.mp4?X-Sig=SIGNED", "https://cdn.example/a.mp4"
    result = VideoGenResult(
        generation_id="1",
        video_url=signed,
        path=tmp_path / place,
        duration_seconds=4.0,
        width=16,
        height=9,
        provider="seedance-2.0",
        mode="text-to-video",
        backend="fal",
    )

    shown = [bundle(result), media(result.path, signed, "video/mp4")]

    assert "SIGNED" not in json.dumps(shown)
    assert place.split("/")[1] in shown[0]["text/html"]
    assert media(result.path, plain, "video/mp4")["url"] == plain
    # Without a file the link is all that there is.
    assert media(None, signed, "video/mp4")["url"] == signed


# --- where a service wants files sent to ---------------------------------------------------------

WRONG_TARGETS = [
    "http://cdn.example/put",
    "http://127.0.0.1:8888/put",
    "https://127.0.0.1/put",
    "https://localhost/put",
    "https://[::1]/put",
    "https://[::ffff:127.0.0.1]/put",
    "https://2130706433/put",
    "https://10.0.0.7/put",
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/put",
    "file:///etc/passwd",
    "/put",
    "https://",
]

UPLOADS = {
    "fal": lambda target: {"upload_url": target, "file_url": "https://v3.fal.media/x.png"},
    "runway": lambda target: {"uploadUrl": target, "fields": {}, "runwayUri": "runway://x"},
}


def uploading(
    name: str, target: str, path: Path, tmp_path: Path
) -> tuple[RushesError | None, list[httpx.Request]]:
    """What becomes of an upload when the service names a target, and what it was sent."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers:
            return httpx.Response(200, json=UPLOADS[name](target))
        sent.append(request)
        return httpx.Response(403, text='{"detail": "INTERNAL SECRET", "error": "INTERNAL SECRET"}')

    backend = made(name, KEYS[name], tmp_path)

    async def scenario() -> RushesError | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            backend.connect(client)
            try:
                await backend.upload(path)
            except RushesError as error:
                return error
        return None

    return asyncio.run(scenario()), sent


@pytest.mark.parametrize("name", UPLOADS)
def test_a_file_is_sent_to_the_web_alone(tmp_path, name):
    """Encrypted, and not into this machine or its network, whatever the service says."""
    path = tmp_path / "start.png"
    path.write_bytes(os.urandom(600))

    for target in WRONG_TARGETS:
        error, sent = uploading(name, target, path, tmp_path)
        assert isinstance(error, RushesError), target
        assert sent == [], target


@pytest.mark.parametrize("name", UPLOADS)
def test_a_host_that_takes_files_is_not_quoted(tmp_path, name):
    """Nobody knows what it may read out; and it gets no key."""
    path = tmp_path / "start.png"
    path.write_bytes(os.urandom(600))

    error, sent = uploading(name, "https://storage.example/put", path, tmp_path)

    assert [request.url.host for request in sent] == ["storage.example"]
    assert "INTERNAL SECRET" not in json.dumps(error.to_json() if error else {})
