"""Bringing one video here, against a real server that misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from media.origin import Ask, Origin, Video
from rushes.contract.media_errors import (
    BadDownload,
    DownloadInterrupted,
    LibraryUnwritable,
    LinkExpired,
)
from rushes.media import download as module, transfer
from rushes.media.download import download
from rushes.media.part import Part, PartBusy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.filterwarnings("error")


def fetch(
    url: str,
    target: Path,
    on_bytes: Callable[[int, int | None], None] = lambda *_: None,
    *,
    client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
    most_bytes: int = 2**32,
) -> None:
    """One download, in a loop of its own."""

    async def run() -> None:
        async with client() as opened:
            await download(opened, url, target, on_bytes, most_bytes=most_bytes)

    asyncio.run(run())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "library" / "take.mp4"


def left(target: Path) -> list[str]:
    """Everything in the library."""
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


# --- the straight way ------------------------------------------------------------------------


def test_a_video_arrives_whole_under_its_name_and_nothing_else_stays(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """The folder is made; after a download it holds the file alone."""
    origin.routes["/v.mp4"] = Video(mp4)
    fetch(origin.url(), target)
    assert target.read_bytes() == mp4
    assert left(target) == ["take.mp4"]


def test_progress_counts_up_to_the_announced_length(
    origin: Origin, target: Path, big: bytes
) -> None:
    """`on_bytes` hears the bytes so far and the total, ending with all of them."""
    origin.routes["/v.mp4"] = Video(big)
    heard: list[tuple[int, int | None]] = []
    fetch(origin.url(), target, lambda *news: heard.append(news))
    assert heard[0] == (0, len(big))
    assert heard[-1] == (len(big), len(big))
    assert heard == sorted(heard)


def test_a_body_without_a_length_is_taken_when_its_container_is_whole(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """Not every server says how long a file is."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(200, {}, mp4)
    heard: list[tuple[int, int | None]] = []
    fetch(origin.url(), target, lambda *news: heard.append(news))
    assert target.read_bytes() == mp4
    assert heard[-1] == (len(mp4), None)


def test_a_video_that_is_there_is_not_fetched_again(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """No request is sent for a valid target; leftovers of its part do no harm."""
    target.parent.mkdir()
    target.write_bytes(mp4)
    fetch(origin.url(), target)
    assert origin.asks == []


def test_a_broken_target_is_replaced(origin: Origin, target: Path, mp4: bytes) -> None:
    """A file of the right name that is no whole video is no reason not to fetch it."""
    target.parent.mkdir()
    target.write_bytes(mp4[:100])
    origin.routes["/v.mp4"] = Video(mp4)
    fetch(origin.url(), target)
    assert target.read_bytes() == mp4


# --- going on --------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_cut_download_goes_on_where_it_stopped(
    origin: Origin, target: Path, big: bytes, *, reset: bool
) -> None:
    """The second request starts at the bytes that are here, guarded by the validator."""
    video = origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000, reset=reset)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    here = (target.parent / "take.mp4.part").stat().st_size
    assert 0 < here <= 2_000_000
    fetch(origin.url(), target)
    assert target.read_bytes() == big
    assert origin.asks[1].headers["range"] == f"bytes={here}-"
    assert origin.asks[1].headers["if-range"] == video.etag
    assert origin.sent[1] == len(big) - here
    assert left(target) == ["take.mp4"]


def test_a_fresh_link_to_the_same_version_goes_on(origin: Origin, target: Path, big: bytes) -> None:
    """What counts is the validator, not the URL: a renewed link has another signature."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    origin.routes["/elsewhere.mp4"] = Video(big)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url("/v.mp4?sig=1"), target)
    fetch(origin.url("/elsewhere.mp4?sig=2"), target)
    assert target.read_bytes() == big
    assert origin.sent[1] < len(big)


def test_a_changed_version_starts_over(
    origin: Origin, target: Path, big: bytes, mp4: bytes
) -> None:
    """With another validator the old bytes are dropped, also when the link is the same."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    origin.routes["/v.mp4"] = Video(mp4, etag='"v2"')
    fetch(origin.url(), target)
    assert target.read_bytes() == mp4


def test_a_server_that_ignores_if_range_is_found_out(
    origin: Origin, target: Path, big: bytes, mp4: bytes
) -> None:
    """A partial reply of another version is not glued to the bytes of the first."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    other = mp4 + big[len(mp4) :].replace(b"x", b"y")

    def careless(ask: Ask) -> None:
        ask.headers["if-range"] = '"v2"'
        Video(other, etag='"v2"')(ask)

    origin.routes["/v.mp4"] = careless
    fetch(origin.url(), target)
    assert target.read_bytes() == other
    assert [ask.start > 0 for ask in origin.asks] == [False, True, False]


@pytest.mark.parametrize(
    "span", ["bytes 5-{last}/{all}", "bytes {here}-{last}/{more}", "gibberish"]
)
def test_a_partial_reply_that_does_not_fit_starts_over(
    origin: Origin, target: Path, big: bytes, span: str
) -> None:
    """Another start, another whole length or no range at all: nothing of it is used."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)

    def liar(ask: Ask) -> None:
        if not ask.start:
            Video(big)(ask)
            return
        told = span.format(here=ask.start, last=len(big) - 1, all=len(big), more=len(big) + 7)
        ask.reply(206, {"ETag": '"v1"', "Content-Range": told}, big[ask.start :])

    origin.routes["/v.mp4"] = liar
    fetch(origin.url(), target)
    assert target.read_bytes() == big


@pytest.mark.parametrize("etag", [None, 'W/"v1"'], ids=["none", "weak"])
def test_without_a_strong_validator_the_next_try_starts_over(
    origin: Origin, target: Path, big: bytes, etag: str | None
) -> None:
    """Nothing says that the file is still the same, so nothing is asked for but all of it."""
    origin.routes["/v.mp4"] = Video(big, etag=etag, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    fetch(origin.url(), target)
    assert "range" not in origin.asks[1].headers
    assert target.read_bytes() == big


def test_an_old_modification_date_is_a_validator(origin: Origin, target: Path, big: bytes) -> None:
    """A date is safe once the second it names is long over."""
    origin.routes["/v.mp4"] = Video(big, etag=None, modified=1e9, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    fetch(origin.url(), target)
    assert origin.sent[1] < len(big)
    assert target.read_bytes() == big


def test_a_fresh_modification_date_is_none(origin: Origin, target: Path, big: bytes) -> None:
    """A file may change twice within the second that its date names."""
    origin.routes["/v.mp4"] = Video(big, etag=None, modified=time.time(), cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    fetch(origin.url(), target)
    assert "range" not in origin.asks[1].headers


def test_416_starts_over_once(origin: Origin, target: Path, big: bytes) -> None:
    """A range that the server cannot give is asked for once; then the whole."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    origin.routes["/v.mp4"] = lambda ask: (
        ask.reply(416, {"Content-Length": 0}) if ask.start else Video(big)(ask)
    )
    fetch(origin.url(), target)
    assert target.read_bytes() == big
    assert len(origin.asks) == 3


def test_416_for_the_whole_file_is_no_endless_loop(origin: Origin, target: Path) -> None:
    """A server that says 416 to everything is left alone after one fresh start."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(416, {"Content-Length": 0})
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    assert len(origin.asks) == 2


def test_a_part_that_is_complete_needs_no_request(origin: Origin, target: Path, big: bytes) -> None:
    """The process died between the last byte and the rename: only the rename is left."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    (target.parent / "take.mp4.part").write_bytes(big)
    fetch(origin.url(), target)
    assert len(origin.asks) == 1
    assert target.read_bytes() == big


def test_bytes_from_before_the_machine_started_are_not_trusted(
    origin: Origin, target: Path, big: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash of the machine there may be holes in what was written but never flushed."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    monkeypatch.setattr("rushes.media.part._machine_start", lambda: time.time() + 1000)
    fetch(origin.url(), target)
    assert "range" not in origin.asks[1].headers
    assert target.read_bytes() == big


# --- lies ------------------------------------------------------------------------------------


def test_fewer_bytes_than_announced_are_an_interruption(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """A connection that ends too early is no end of the file."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(200, {"Content-Length": len(mp4) + 5}, mp4)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    assert not target.exists()


def test_lengths_are_checked_for_transports_that_do_not(target: Path, mp4: bytes) -> None:
    """Too short is an interruption, too long a refusal, whatever the transport lets through."""

    def client(length: int) -> httpx.AsyncClient:
        async def body() -> AsyncIterator[bytes]:
            yield mp4

        def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Length": str(length)}, content=body())

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    with pytest.raises(DownloadInterrupted, match="broke off after"):
        fetch("https://cdn.example/v.mp4", target, client=lambda: client(len(mp4) + 5))
    with pytest.raises(BadDownload, match="longer than"):
        fetch("https://cdn.example/v.mp4", target, client=lambda: client(len(mp4) - 5))
    assert left(target) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\n  <html>nothing here</html>  ", "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML"),
        (b'{"detail": "not ready yet, sorry"}', "JSON"),
        (bytes(100_000), "zeros"),
        (b"\x89PNG\r\n\x1a\n and so on", "it is an image"),
        (b"", "empty"),
        (b"short", "it is in an unknown format"),
    ],
)
def test_what_is_no_video_is_refused_and_removed(
    origin: Origin, target: Path, body: bytes, reason: str
) -> None:
    """Whatever type and code it comes with, content decides; the message says what it is."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(
        200, {"Content-Length": len(body), "Content-Type": "video/mp4"}, body
    )
    with pytest.raises(BadDownload, match=reason):
        fetch(origin.url(), target)
    assert left(target) == []


@pytest.mark.parametrize("status", [202, 204, 206, 304])
def test_an_answer_without_a_whole_file_is_refused(
    origin: Origin, target: Path, mp4: bytes, status: int
) -> None:
    """Only 200 brings a file from its start."""
    body = mp4 if status == 206 else b""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(status, {"Content-Length": len(body)}, body)
    with pytest.raises(BadDownload, match=f"returned status {status}"):
        fetch(origin.url(), target)
    assert left(target) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_file_that_claims_to_be_whole_is_refused(
    origin: Origin, target: Path, mp4: bytes, share: float
) -> None:
    """Lengths may agree on a truncated file; its container does not."""
    body = mp4[: int(len(mp4) * share)]
    origin.routes["/v.mp4"] = Video(body)
    with pytest.raises(BadDownload, match="truncated"):
        fetch(origin.url(), target)
    assert left(target) == []


def test_a_body_in_a_coding_that_was_not_asked_for_is_refused(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """Ranges and lengths of compressed bytes mean nothing for the file."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(
        200, {"Content-Length": len(mp4), "Content-Encoding": "gzip"}, mp4
    )
    with pytest.raises(BadDownload, match="compressed"):
        fetch(origin.url(), target)
    assert origin.asks[0].headers["accept-encoding"] == "identity"


def test_a_video_announced_as_too_large_is_refused_unread(
    origin: Origin, target: Path, big: bytes
) -> None:
    """The announced length is enough to refuse."""
    origin.routes["/v.mp4"] = Video(big)
    heard: list[tuple[int, int | None]] = []
    with pytest.raises(BadDownload, match="more than the limit of 1,000,000"):
        fetch(origin.url(), target, lambda *news: heard.append(news), most_bytes=1_000_000)
    assert heard == []
    assert left(target) == []


def test_a_video_that_turns_out_too_large_is_cut_off(
    origin: Origin, target: Path, big: bytes
) -> None:
    """Without an announced length the bytes are counted."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(200, {}, big)
    with pytest.raises(BadDownload, match="longer than the limit of 1,000,000 bytes"):
        fetch(origin.url(), target, most_bytes=1_000_000)
    assert left(target) == []


# --- links and secrets -----------------------------------------------------------------------


def loaded() -> httpx.AsyncClient:
    """A client that is full of secrets."""
    return httpx.AsyncClient(
        headers={"Authorization": "Key TOPSECRET", "X-Api-Key": "TOPSECRET"},
        cookies={"session": "TOPSECRET"},
        auth=("user", "TOPSECRET"),
        params={"key": "TOPSECRET"},
        follow_redirects=True,
    )


def test_no_secret_of_the_client_is_sent_anywhere(origin: Origin, target: Path, mp4: bytes) -> None:
    """Neither to the link nor to where it redirects: a signed link needs none."""
    with Origin({"/v.mp4": Video(mp4)}) as cdn:
        away = cdn.url("/v.mp4?sig=abc", host="localhost")
        origin.routes["/v.mp4"] = lambda ask: ask.reply(
            302, {"Location": away, "Set-Cookie": "crumb=TOPSECRET; Path=/", "Content-Length": 0}
        )
        fetch(origin.url(), target, client=loaded)
        assert target.read_bytes() == mp4
        for ask in (*origin.asks, *cdn.asks):
            assert "TOPSECRET" not in f"{ask.path} {ask.headers}"
            assert not {"authorization", "cookie", "x-api-key"} & set(ask.headers)
        assert cdn.asks[0].path == "/v.mp4?sig=abc"


def test_a_user_in_a_link_is_not_made_into_a_header(
    origin: Origin, target: Path, mp4: bytes
) -> None:
    """A user name would otherwise be sent by httpx, as `Authorization`."""
    origin.routes["/v.mp4"] = Video(mp4)
    fetch(origin.url().replace("http://", "http://me:TOPSECRET@"), target)
    assert "authorization" not in origin.asks[0].headers


def test_a_range_survives_a_redirect(origin: Origin, target: Path, big: bytes) -> None:
    """Many links only redirect to the storage; going on works through them."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(302, {"Location": "/s", "Content-Length": 0})
    origin.routes["/s"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    fetch(origin.url(), target)
    assert origin.sent[-1] < len(big)
    assert target.read_bytes() == big


@pytest.mark.parametrize(
    "away", ["file:///etc/passwd", "ftp://example.com/v.mp4", "preview://x/1.mp4"]
)
def test_a_redirect_out_of_the_web_is_refused(origin: Origin, target: Path, away: str) -> None:
    """A link from outside must not reach into this machine or other protocols."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(302, {"Location": away, "Content-Length": 0})
    with pytest.raises(BadDownload, match="not followed"):
        fetch(origin.url(), target)
    assert left(target) == []


@pytest.mark.parametrize(
    ("first", "there", "follows"),
    [
        ("a.example", "b.example", False),
        ("a.example", "127.0.0.1", False),
        ("a.example", "localhost", False),
        ("127.0.0.1", "b.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
    ],
)
def test_only_this_machine_may_be_reached_unencrypted_from_https(
    target: Path, mp4: bytes, first: str, there: str, *, follows: bool
) -> None:
    """A download that began encrypted stays so, but for proxies and tests on loopback."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.url.scheme == "http":
            return httpx.Response(200, content=mp4)
        return httpx.Response(302, headers={"Location": f"http://{there}/v"})

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    with contextlib.nullcontext() if follows else pytest.raises(BadDownload, match="not followed"):
        fetch(f"https://{first}/v", target, client=client)
    assert len(seen) == 1 + follows


def test_redirects_end_after_five(origin: Origin, target: Path) -> None:
    """A loop of redirects is not followed for ever."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(307, {"Location": "/v.mp4"})
    with pytest.raises(BadDownload, match="redirects more than 5 times"):
        fetch(origin.url(), target)
    assert len(origin.asks) == 6


def test_a_redirect_without_an_address_asks_for_a_fresh_link(origin: Origin, target: Path) -> None:
    """There is nowhere to go."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(302, {"Content-Length": 0})
    with pytest.raises(LinkExpired, match="without a valid target"):
        fetch(origin.url(), target)


def test_a_scheme_of_a_mounted_transport_is_fetched(target: Path, mp4: bytes) -> None:
    """The embedded backend's links take the same way as everybody's."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=mp4))
    fetch(
        "preview://job/1.mp4",
        target,
        client=lambda: httpx.AsyncClient(mounts={"preview://": transport}),
    )
    assert target.read_bytes() == mp4


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/v.mp4", "file:///etc/passwd", "http://", "", "http://a:b/", "https://\0"],
)
def test_a_link_that_nothing_can_fetch_is_refused(target: Path, url: str) -> None:
    """The service gave something that is no link."""
    with pytest.raises(BadDownload):
        fetch(url, target)
    assert left(target) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_an_expired_link_is_told_apart_and_keeps_the_part(
    origin: Origin, target: Path, big: bytes, status: int
) -> None:
    """A fresh link may go on with what has arrived."""
    origin.routes["/v.mp4"] = Video(big, cut_after=2_000_000)
    with pytest.raises(DownloadInterrupted):
        fetch(origin.url(), target)
    origin.routes["/v.mp4"] = lambda ask: ask.reply(status, {"Content-Length": 0})
    with pytest.raises(LinkExpired, match="fresh") as caught:
        fetch(origin.url(), target)
    assert caught.value.status == status
    assert "take.mp4.part" in left(target)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_an_interruption(origin: Origin, target: Path, status: int) -> None:
    """Waiting helps; the server's own wish for how long is passed on."""
    origin.routes["/v.mp4"] = lambda ask: ask.reply(
        status, {"Content-Length": 0, "Retry-After": "7"}
    )
    with pytest.raises(DownloadInterrupted) as caught:
        fetch(origin.url(), target)
    assert caught.value.status == status
    assert caught.value.retry_after == 7
    assert left(target) == []


def test_a_server_that_is_not_there_is_an_interruption(origin: Origin, target: Path) -> None:
    """A refused connection passes."""
    url = origin.url()
    origin.__exit__()
    try:
        with pytest.raises(DownloadInterrupted, match="could not be reached"):
            fetch(url, target)
    finally:
        origin.__enter__()


def test_a_server_that_falls_silent_is_an_interruption(
    origin: Origin, target: Path, big: bytes
) -> None:
    """The client's read timeout ends the wait; what has arrived is kept."""
    done = threading.Event()
    received: list[int] = []

    def silent(ask: Ask) -> None:
        ask.reply(200, {"Content-Length": len(big), "ETag": '"v1"'}, big[:1_000_000])
        done.wait(60)

    origin.routes["/v.mp4"] = silent
    try:
        with pytest.raises(DownloadInterrupted, match="in time"):
            fetch(
                origin.url(),
                target,
                lambda got, _: received.append(got),
                client=lambda: httpx.AsyncClient(timeout=httpx.Timeout(60.0, read=0.3)),
            )
    finally:
        done.set()
    assert (target.parent / "take.mp4.part").stat().st_size == received[-1]


@pytest.mark.parametrize(
    "answer",
    [
        lambda ask: ask.reply(403, {"Content-Length": 0}),
        lambda ask: ask.reply(500, {"Content-Length": 0}),
        lambda ask: ask.reply(200, {"Content-Length": 6}, b"<html>"),
        lambda ask: ask.reply(302, {"Location": "ftp://x/?sig=TOPSECRET", "Content-Length": 0}),
    ],
)
def test_messages_name_link_and_file_but_no_signature(
    origin: Origin, target: Path, answer: Callable[[Ask], None]
) -> None:
    """Whoever has a signed link has the video; whoever reads a message should not."""
    origin.routes["/v.mp4"] = answer
    url = origin.url("/v.mp4?sig=TOPSECRET").replace("//", "//me:TOPSECRET@")
    with pytest.raises(Exception, match=r"127\.0\.0\.1/v\.mp4") as caught:
        fetch(url, target)
    assert str(target) in str(caught.value)
    assert "TOPSECRET" not in f"{caught.value} {caught.value.to_json()}"


# --- the disk --------------------------------------------------------------------------------

LIMITED = """
import asyncio, httpx, pathlib, resource, sys
from rushes.contract.media_errors import LibraryUnwritable
from rushes.media.download import download

async def main(url, target):
    async with httpx.AsyncClient() as client:
        await download(client, url, pathlib.Path(target), lambda *_: None)

# Python takes half a file of bytecode for a whole one, and every later process reads it.
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    asyncio.run(main(sys.argv[1], sys.argv[2]))
except LibraryUnwritable as error:
    print(error)
    sys.exit(7)
"""


def python(code: str, *args: object, **settings: object) -> subprocess.Popen[str]:
    """Another Python that turns its warnings into errors."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **settings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_a_write_that_the_system_refuses_keeps_the_part(
    origin: Origin, target: Path, big: bytes
) -> None:
    """A real limit, in a process of its own: the part stays and is gone on with afterwards."""
    origin.routes["/v.mp4"] = Video(big)
    with python(LIMITED, origin.url(), target, 1_500_000) as run:
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 7, said
    assert str(target.parent) in said
    assert "RUSHES_LIBRARY" in said
    here = (target.parent / "take.mp4.part").stat().st_size
    assert here == 1_500_000
    fetch(origin.url(), target)
    assert target.read_bytes() == big
    assert origin.sent[1] == len(big) - here


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_says_what_to_do(
    origin: Origin, target: Path, big: bytes, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """No space, no quota or any other trouble: one error, with the folder and the next step."""

    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    origin.routes["/v.mp4"] = Video(big)
    monkeypatch.setattr(Part, "append", full)
    with pytest.raises(LibraryUnwritable, match="RUSHES_LIBRARY") as caught:
        fetch(origin.url(), target)
    assert str(target.parent) in str(caught.value)


def test_a_folder_that_cannot_be_made_says_so(origin: Origin, tmp_path: Path, mp4: bytes) -> None:
    """A file stands where the library should be; nothing is fetched for nothing."""
    (tmp_path / "library").write_bytes(b"")
    origin.routes["/v.mp4"] = Video(mp4)
    with pytest.raises(LibraryUnwritable, match="Cannot write to"):
        fetch(origin.url(), tmp_path / "library" / "take.mp4")
    assert origin.asks == []


# --- company ---------------------------------------------------------------------------------


def test_the_slower_of_two_writers_accepts_the_file_of_the_faster(target: Path, mp4: bytes) -> None:
    """On a disk without locks both may write; whoever is last finds the work done."""
    slow = Part(target)
    slow.hold()
    slow.append(mp4)
    target.write_bytes(mp4)
    slow.path.unlink()
    slow.finish()
    assert left(target) == ["take.mp4"]


def test_a_lost_part_is_not_taken_for_a_file(target: Path, mp4: bytes) -> None:
    """Without a valid target, a part that vanished is an error."""
    part = Part(target)
    part.hold()
    part.append(mp4)
    part.path.unlink()
    with pytest.raises(FileNotFoundError):
        part.finish()
    part.close()


def test_a_closed_part_is_not_written_any_more(target: Path) -> None:
    """A thread that outlives its download must not write into somebody else's descriptor."""
    part = Part(target)
    part.close()
    with pytest.raises(PartBusy):
        part.hold()
    with pytest.raises(ValueError, match="not held"):
        part.append(b"x")


def test_two_tasks_make_one_file_with_one_download(
    origin: Origin, target: Path, big: bytes
) -> None:
    """The second waits for the first and finds the file there."""
    origin.routes["/v.mp4"] = Video(big)

    async def both() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(
                *(download(client, origin.url(), target, lambda *_: None) for _ in range(2))
            )

    asyncio.run(both())
    assert target.read_bytes() == big
    assert len(origin.asks) == 1
    assert left(target) == ["take.mp4"]


def test_a_part_that_was_made_meanwhile_is_not_removed(target: Path, monkeypatch) -> None:
    """Two downloads that begin in the same moment find that there is none; one makes it."""
    first, second = Part(target), Part(target)
    target.parent.mkdir()
    looked = Path.lstat

    def look(path: Path) -> os.stat_result:
        try:
            return looked(path)
        finally:
            if first._file is None and path == second.path:
                monkeypatch.setattr(Path, "lstat", looked)
                first.hold()

    monkeypatch.setattr(Path, "lstat", look)

    with pytest.raises(PartBusy):
        second.hold()
    first.append(b"x")
    assert first.path.read_bytes() == b"x"
    first.close()


def test_a_waiting_download_takes_over_when_the_first_fails(
    origin: Origin, target: Path, big: bytes
) -> None:
    """The second goes on with the bytes of the first."""
    entered, cut = threading.Event(), threading.Event()
    video = Video(big)

    def answer(ask: Ask) -> None:
        if ask.start:
            video(ask)
            return
        ask.reply(200, {"Content-Length": len(big), "ETag": '"v1"'}, big[:2_000_000])
        entered.set()
        cut.wait(60)

    origin.routes["/v.mp4"] = answer
    waits: list[int] = []

    def waiting(received: int, expected: int | None) -> None:
        if expected is None:  # Only somebody who waits does not know the length here.
            waits.append(received)
            cut.set()

    async def both() -> None:
        async with httpx.AsyncClient() as client:
            first = asyncio.create_task(download(client, origin.url(), target, lambda *_: None))
            await asyncio.to_thread(entered.wait, 30)
            await download(client, origin.url(), target, waiting)
            with pytest.raises(DownloadInterrupted):
                await first

    asyncio.run(both())
    assert waits
    assert target.read_bytes() == big
    assert [ask.start for ask in origin.asks] == [0, 2_000_000]


def test_a_holder_that_does_not_move_is_not_waited_for(
    origin: Origin, target: Path, big: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process keeps its lock; after a while the others fetch a part of their own."""
    monkeypatch.setattr(module, "STALLED", 0.0)
    monkeypatch.setattr(module, "CHECK_AGAIN", 0.0)
    origin.routes["/v.mp4"] = Video(big)
    holder = Part(target)
    holder.hold()
    holder.start_over(None)
    holder.append(big[:1000])
    fetch(origin.url(), target)
    assert target.read_bytes() == big
    holder.append(big[1000:])
    holder.finish()
    assert target.read_bytes() == big
    assert left(target) == ["take.mp4"]


def test_a_cancelled_download_lets_go_of_its_part(origin: Origin, target: Path, big: bytes) -> None:
    """The next one holds it at once and goes on."""
    entered, done = threading.Event(), threading.Event()

    def answer(ask: Ask) -> None:
        if ask.start:
            Video(big)(ask)
            return
        ask.reply(200, {"Content-Length": len(big), "ETag": '"v1"'}, big[:2_000_000])
        entered.set()
        done.wait(60)

    origin.routes["/v.mp4"] = answer
    enough = asyncio.Event()

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            task = asyncio.create_task(
                download(
                    client,
                    origin.url(),
                    target,
                    lambda received, _: enough.set() if received == 2_000_000 else None,
                )
            )
            await enough.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            done.set()
            await download(client, origin.url(), target, lambda *_: None)

    asyncio.run(run())
    assert entered.is_set()
    assert origin.asks[1].start > 0
    assert target.read_bytes() == big


PLAIN = """
import asyncio, httpx, pathlib, sys
from rushes.media.download import download

async def main(url, target):
    async with httpx.AsyncClient(timeout=60) as client:
        await download(client, url, pathlib.Path(target), lambda *_: None)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.slow
def test_processes_make_one_file_with_one_download(
    origin: Origin, target: Path, big: bytes
) -> None:
    """However many kernels ask for it at once."""
    everybody = threading.Event()

    def answer(ask: Ask) -> None:
        everybody.wait(60)  # Nobody is done before all are there.
        Video(big)(ask)

    origin.routes["/v.mp4"] = answer
    reporting = PLAIN.replace("asyncio.run", "print(flush=True)\nasyncio.run")
    runs = [python(reporting, origin.url(), target) for _ in range(3)]
    try:
        for run in runs:
            run.stdout.readline()
        everybody.set()
        assert [run.wait(60) for run in runs] == [0, 0, 0]
    finally:
        for run in runs:
            run.kill()
            run.communicate()
    assert len(origin.asks) == 1
    assert target.read_bytes() == big
    assert left(target) == ["take.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_a_killed_download_is_gone_on_with_by_the_next_process(
    origin: Origin, target: Path, big: bytes
) -> None:
    """SIGKILL leaves a part and no lock; a new process asks for the rest only."""
    hold = threading.Event()
    halfway = 2 * transfer.BLOCK

    def answer(ask: Ask) -> None:
        if ask.start:
            Video(big)(ask)
            return
        ask.reply(200, {"Content-Length": len(big), "ETag": '"v1"'}, big[: halfway + 1000])
        hold.wait(60)

    origin.routes["/v.mp4"] = answer
    reporting = PLAIN.replace("lambda *_: None", "lambda got, _: print(got, flush=True)")
    with python(reporting, origin.url(), target) as run:
        for line in run.stdout:
            if int(line) == halfway + 1000:
                break
        run.send_signal(signal.SIGKILL)
        run.wait(60)
    hold.set()
    here = (target.parent / "take.mp4.part").stat().st_size
    assert 0 < here <= halfway + 1000
    assert not target.exists()
    with python(PLAIN, origin.url(), target) as run:
        assert run.wait(60) == 0
    assert target.read_bytes() == big
    assert origin.asks[1].start == here
    assert origin.sent[1] == len(big) - here
    assert left(target) == ["take.mp4"]


def test_the_download_needs_no_decoder(tmp_path: Path) -> None:
    """Neither PyAV nor PIL is imported to bring a video here."""
    code = (
        "import sys, rushes.media.download, rushes.media.inputs, rushes.media.library\n"
        "sys.exit(bool({'av', 'PIL', 'numpy'} & set(sys.modules)))"
    )
    with python(code, cwd=tmp_path) as run:
        assert run.wait(60) == 0
