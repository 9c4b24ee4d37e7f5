"""What a client says, and what it keeps, when its engine cannot start, ends, or is elsewhere."""

from __future__ import annotations

import asyncio
import json
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest

import rushes
from emulators.fal import FAL_KEY, FalEmulator
from rushes import DeadlineExceeded, InvalidParams, RushesError, VideoGen
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits
from support.requests import FOX
from support.timings import QUICK

PATIENCE = 120.0
"""Seconds until a process that hangs is given up."""


@pytest.fixture
def service(emulator: FalEmulator, monkeypatch: pytest.MonkeyPatch) -> FalEmulator:
    """The emulated fal, named by the environment."""
    monkeypatch.setenv("FAL_KEY", FAL_KEY)
    monkeypatch.setenv("RUSHES_FAL_QUEUE_URL", emulator.queue_url)
    monkeypatch.setenv("RUSHES_FAL_REST_URL", emulator.rest_url)
    monkeypatch.setenv("RUSHES_FAL_API_URL", emulator.api_url)
    return emulator


@pytest.fixture
def _plain_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies, and the certificates that come with httpx."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


# --- the start -------------------------------------------------------------------------------

UNUSABLE = [
    ("SSL_CERT_FILE", "/nowhere/cacert.pem"),
    ("SSL_CERT_FILE", __file__),
    ("SSL_CERT_DIR", "/nowhere"),
    ("SSLKEYLOGFILE", "/nowhere/keys.log"),
    ("ALL_PROXY", "socks://me:a-password@127.0.0.1:1080"),
    ("all_proxy", "socks4://127.0.0.1:1080"),
    ("HTTPS_PROXY", "ftp://me:a-password@127.0.0.1:21"),
    ("HTTP_PROXY", "http://127.0.0.1:a-port"),
]


@pytest.mark.parametrize(("variable", "value"), UNUSABLE)
@pytest.mark.usefixtures("service", "_plain_network")
def test_a_variable_that_cannot_be_used_is_named_at_once(monkeypatch, variable, value):
    """`VideoGen()` raises, says which variable it is, and shows no password."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(RushesError, match=variable) as caught:
        VideoGen("fal")

    assert "a-password" not in str(caught.value)


@pytest.mark.skipif(find_spec("socksio") is not None, reason="the library is installed")
@pytest.mark.usefixtures("service", "_plain_network")
def test_a_socks_proxy_needs_its_library(monkeypatch):
    """The error says what to install."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    with pytest.raises(RushesError, match=r'pip install "httpx\[socks\]"'):
        VideoGen("fal")


@pytest.mark.usefixtures("service", "_plain_network")
def test_a_corrected_variable_needs_no_restart(monkeypatch, tmp_path):
    """The next client works, also while one for the preview is open."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/cacert.pem")
    with VideoGen("preview", library=tmp_path):
        with pytest.raises(RushesError, match="SSL_CERT_FILE"):
            VideoGen("fal")
        monkeypatch.delenv("SSL_CERT_FILE")
        with VideoGen("fal", library=tmp_path, timeout=60) as gen:
            assert gen.generate_sync(FOX).path.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("_plain_network")
def test_the_preview_needs_no_network(monkeypatch, tmp_path):
    """It renders whatever is wrong with certificates and proxies."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/cacert.pem")
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080")
    with VideoGen("preview", library=tmp_path / "media", timeout=60) as gen:
        assert gen.generate_sync(FOX, resolution="480p", duration_seconds=4).path.exists()


@pytest.mark.parametrize("entries", ["[::1],::1", "fe80::/10", ":::,a b,é.example"])
@pytest.mark.usefixtures("_plain_network")
def test_odd_exceptions_from_the_proxy_are_left_out(service, monkeypatch, tmp_path, entries):
    """The hosts beside them are still called without the proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", f"localhost,127.0.0.1,{entries}")
    with VideoGen("fal", library=tmp_path, timeout=60) as gen:
        assert gen.generate_sync(FOX).path.exists()
    assert service.counts["submit"] == 1


# --- a death later on ----------------------------------------------------------------------------


class Fatal(FalBackend):
    """A service whose code has a fault that the engine does not survive."""

    async def submit(self, attempt):
        answer = await super().submit(attempt)
        del self.limits
        return answer


@pytest.fixture
def doomed(service, tmp_path):
    """A client whose engine ends as soon as a job is asked for."""
    backend = Fatal(
        FAL_KEY,
        queue_url=service.queue_url,
        rest_url=service.rest_url,
        api_url=service.api_url,
        limits=Limits(poll_floor=0.05, first_poll=0.05),
    )
    gen = VideoGen(backend, library=tmp_path / "media", timing=QUICK, timeout=60)
    yield gen
    gen.close()


WAITS = {
    "result": lambda _, job: job.result(),
    "await": lambda _, job: asyncio.run(job.wait()),
    "generate": lambda gen, _: asyncio.run(gen.generate(FOX)),
    "generate_sync": lambda gen, _: gen.generate_sync(FOX),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_who_waits_is_told_that_the_engine_stopped(doomed, wait):
    """A wait that began before ends at once, and says that no job is lost."""
    with pytest.raises(RushesError, match="No job is lost") as caught:
        wait(doomed, doomed.submit(FOX))

    assert not isinstance(caught.value, DeadlineExceeded)


CALLS = {
    "submit": lambda gen, _: gen.submit(FOX),
    "generate": lambda gen, _: asyncio.run(gen.generate(FOX)),
    "result": lambda _, job: job.result(),
    "await": lambda _, job: asyncio.run(job.wait()),
    "progress": lambda _, job: job.progress,
    "state": lambda _, job: job.state,
    "cancel": lambda _, job: job.cancel(),
    "gen.cancel": lambda gen, job: asyncio.run(gen.cancel(job.id)),
    "look_again": lambda _, job: job.look_again(),
    "jobs": lambda gen, _: gen.jobs(),
    "get_completed_jobs": lambda gen, _: asyncio.run(gen.get_completed_jobs()),
    "get_completed_jobs_sync": lambda gen, _: gen.get_completed_jobs_sync(),
}


def test_after_its_engine_stopped_a_client_says_so(doomed):
    """Whatever is asked of it, at once and in the same words; showing a job does not fail."""
    job = doomed.submit(FOX)
    with pytest.raises(RushesError):
        job.result()

    for name, call in CALLS.items():
        with pytest.raises(RushesError, match="No job is lost"):
            assert call(doomed, job) == f"{name} raises"
    assert "No job is lost" in repr(job)


def test_a_new_client_continues_after_a_death(service, doomed, tmp_path):
    """It takes the job over at once and buys nothing again."""
    job = doomed.submit(FOX)
    with pytest.raises(RushesError):
        job.result()

    with VideoGen("fal", library=tmp_path / "media", timing=QUICK, timeout=60) as gen:
        assert gen.job(job.id).result().path.exists()
    assert service.counts["submit"] == 1


class Panic(BaseException):
    """What a library in another language raises, which is no `Exception`."""


@pytest.mark.parametrize("kind", [Panic, SystemExit, asyncio.CancelledError])
def test_a_job_survives_whatever_its_service_raises(make_gen, emulator, kind):
    """The call is made again; nobody waits for ever, and nothing is bought twice."""
    gen = make_gen()
    backend = gen.engine.backends.get("fal")
    poll, calls = backend.poll, []

    async def fail_once(*args: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise kind
        return await poll(*args)

    backend.poll = fail_once
    assert gen.generate_sync(FOX, timeout=60).path.exists()
    assert emulator.counts["submit"] == 1


def test_a_wait_ends_with_its_client(make_gen, emulator):
    """A client that is closed meanwhile says so; nobody waits for the deadline."""
    emulator.settings.run_seconds = (60.0, 60.0)
    gen = make_gen()
    job = gen.submit(FOX)
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(job.result), pool.submit(asyncio.run, job.wait())]
        while not emulator.counts["submit"]:
            time.sleep(0.01)
        gen.close()

        for wait in waits:
            with pytest.raises(RushesError, match="closed"):
                wait.result()


# --- other processes -----------------------------------------------------------------------------


def run(code: str, tmp_path: Path) -> dict[str, object]:
    """What a script prints last, as JSON; it runs in a process of its own with the same rushes."""
    script = tmp_path / "script.py"
    script.write_text(code)
    places = [str(Path(rushes.__file__).parents[1]), str(Path(__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return json.loads(done.stdout.splitlines()[-1])


PREAMBLE = f"""
import json, multiprocessing, os, sqlite3, sys, time, rushes
from rushes.io.process import Process
from support.timings import QUICK
FOX = {FOX!r}
def client():
    return rushes.VideoGen("fal", timing=QUICK, timeout=60, library="media")
def error(call):
    try:
        return repr(call())
    except rushes.RushesError as error:
        return error.message
def make(number):
    try:
        return client().generate_sync(FOX, client_ref=str(number)).path.exists()
    except rushes.RushesError as error:
        return error.message
"""

FORKED = """
gen = client()
job = gen.submit(FOX)
reading, writing = os.pipe()
if (child := os.fork()) == 0:
    said = [error(call) for call in (
        lambda: gen.submit(FOX), lambda: gen.generate_sync(FOX), job.result, job.cancel,
        lambda: job.progress, lambda: job.state, gen.jobs, gen.get_completed_jobs_sync,
    )]
    gen.close()
    os.write(writing, json.dumps([said, make(1)]).encode())
    sys.exit(0)
os.waitpid(child, 0)
os.close(writing)
said, made = json.loads(os.fdopen(reading).read())
owners = [row[0] for row in sqlite3.connect(gen.engine.journal.path).execute(
    "SELECT pid FROM owners WHERE lease_until > ?", (time.time(),))]
print(json.dumps({"said": said, "made": made, "own": job.result().path.exists(),
    "leased": os.getpid() in [Process.parse(owner).pid for owner in owners]}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_each_process_has_its_own_client(service, monkeypatch, tmp_path):
    """The parent's says so in the child, a new one works, and the parent's lease stays."""
    monkeypatch.chdir(tmp_path)
    outcome = run(PREAMBLE + FORKED, tmp_path)

    assert [words for words in outcome["said"] if "fork" not in words] == []
    assert (outcome["made"], outcome["own"], outcome["leased"]) == (True, True, True)
    assert service.counts["submit"] == 2


POOL = """
if __name__ == "__main__":
    first = make(0)
    with multiprocessing.get_context(METHOD).Pool(2) as pool:
        made = pool.map(make, range(1, 4))
        pool.close()
        pool.join()
    print(json.dumps({"made": [first, *made]}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_processes_of_a_pool_make_videos(service, monkeypatch, tmp_path, method):
    """Each buys what it was asked for, once, however the processes are started."""
    monkeypatch.chdir(tmp_path)
    outcome = run(PREAMBLE + f"METHOD = {method!r}\n" + POOL, tmp_path)

    assert outcome["made"] == [True] * 4
    assert service.counts["submit"] == 4


CHILD = """
def child():
    client().submit(FOX)
if __name__ == "__main__":
    process = multiprocessing.get_context(METHOD).Process(target=child)
    process.start()
    process.join()
    path = os.path.join(os.environ["RUSHES_HOME"], "journal.sqlite3")
    owners = sqlite3.connect(path).execute("SELECT count(*) FROM owners").fetchone()[0]
    print(json.dumps({"exit": process.exitcode, "owners": owners}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.usefixtures("service")
def test_a_child_process_gives_its_jobs_up_when_it_ends(monkeypatch, tmp_path, method):
    """Another process can take them over at once."""
    monkeypatch.chdir(tmp_path)

    assert run(PREAMBLE + f"METHOD = {method!r}\n" + CHILD, tmp_path) == {"exit": 0, "owners": 0}


def test_a_client_cannot_be_sent_to_another_process(gen):
    """The error says what to do instead, for the client and for its jobs."""
    for thing in (gen, gen.submit(FOX)):
        with pytest.raises(TypeError, match=r"VideoGen\(\) there; send job\.id"):
            pickle.dumps(thing)


# --- timeouts ------------------------------------------------------------------------------------

NO_TIMES = [-1, -0.001, math.nan, -math.inf, "5", b"5", True, [5], Decimal(5)]


@pytest.mark.parametrize("timeout", NO_TIMES, ids=repr)
def test_a_timeout_that_is_no_time_is_refused_first(gen, emulator, timeout):
    """Nothing is submitted, and the error names the value."""
    for call in (
        lambda: gen.generate_sync(FOX, timeout=timeout),
        lambda: asyncio.run(gen.generate(FOX, timeout=timeout)),
        lambda: VideoGen("preview", timeout=timeout),
    ):
        with pytest.raises(InvalidParams, match=r"timeout: .* is not a number of seconds"):
            call()
    assert (gen.jobs(), emulator.counts["submit"]) == ([], 0)


@pytest.mark.parametrize("timeout", [math.inf, 10**12, 10**400, threading.TIMEOUT_MAX * 2])
def test_no_timeout_is_too_long(gen, timeout):
    """Infinity waits without a limit, and so does what is longer than the system's clock."""
    assert gen.generate_sync(FOX, timeout=timeout).path.exists()
    assert gen.submit(FOX).result(timeout).path.exists()
    assert asyncio.run(gen.generate(FOX, timeout=timeout)).path.exists()


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("service")
def test_a_corrected_key_is_taken_up(monkeypatch, tmp_path):
    """By the next client and by those that are open, though one of the wrong key still lives."""
    monkeypatch.setenv("FAL_KEY", "a-wrong:key")
    with VideoGen("fal", library=tmp_path, timeout=60) as first:
        with pytest.raises(rushes.AuthenticationFailed):
            first.generate_sync(FOX)
        monkeypatch.setenv("FAL_KEY", FAL_KEY)
        with VideoGen("fal", library=tmp_path, timeout=60) as gen:
            assert gen.generate_sync(FOX).path.exists()
            assert first.generate_sync(FOX).path.exists()


@pytest.mark.usefixtures("service")
def test_a_new_provider_file_is_taken_up(monkeypatch, tmp_path):
    """A client that is made after the file was written knows it, and one that cannot be read."""
    monkeypatch.setenv("RUSHES_CONFIG", str(tmp_path))
    folder = tmp_path / "providers"
    folder.mkdir()
    with VideoGen("fal", library=tmp_path):
        packaged = Path(rushes.__file__).parent / "catalog" / "providers" / "seedance-2.0.toml"
        text = packaged.read_text(encoding="utf-8").replace('"seedance-2.0"', '"mine-1.0"')
        (folder / "mine.toml").write_text(text, encoding="utf-8")
        with VideoGen("fal", library=tmp_path) as gen:
            assert "mine-1.0" in gen.catalog.providers
        (folder / "broken.toml").write_text("id = ")
        with pytest.warns(UserWarning, match=r"broken\.toml"):
            VideoGen("fal", library=tmp_path).close()
