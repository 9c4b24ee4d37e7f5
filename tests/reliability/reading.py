"""A process with little memory that asks services for everything, and says what came of it.

``python -m reliability.reading '[<bytes of address space>, [<service>, ...], {<name>: <URL>}]'``
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from reliability.questions import URLS
from rushes.backends.preview import PreviewBackend
from rushes.backends.protocol import Attempt, Limits
from rushes.media.download import download
from support.memory import peak
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Question = tuple[str, Callable[[], Awaitable[Any]]]

REQUEST: dict[str, Any] = {
    "endpoint": "a/b",
    "route": "v1/videos/text2video",
    "input": {},
    "body": {},
    "params": {},
}

LIMITS = Limits(call_deadline=0.5)

AT_ONCE = 10

PATIENCE = 1.0
"""Seconds for a question; those without a deadline of their own have one of the engine's."""


def to_service(name: str, url: str, client: httpx.AsyncClient, file: Path) -> Iterator[Question]:
    """What a service is asked in a job's life."""
    backend: Any = BY_NAME[name].backend(dict.fromkeys(URLS, url), limits=LIMITS)
    backend.connect(client)
    attempt = Attempt("job", "token", REQUEST, time.time())
    remote = backend.locate("1", REQUEST).remote
    yield "submit", partial(backend.submit, attempt)
    yield "poll", partial(backend.poll, "1", remote)
    yield "cancel", partial(backend.cancel, "1", remote)
    yield "find", partial(backend.find, attempt)
    if backend.upload_lifetime or name == "gateway":
        yield "upload", partial(backend.upload, file)
    if name == "gateway":
        yield "announced", backend.announced
    if name == "fal":
        yield "stream", lambda: _drained(backend.stream("1", remote))


def to_host(url: str, client: httpx.AsyncClient, folder: Path) -> Iterator[Question]:
    """What is asked of any host."""
    preview = PreviewBackend(folder)
    preview.connect(client)
    target, speed = folder / "v.mp4", {"least_bytes": 10_000_000, "least_within": 0.5}
    yield "download", partial(download, client, url, target, lambda *_: None, **speed)  # type: ignore[arg-type]
    yield "input", lambda: preview._fetched(url, "a" * 32)


async def main() -> None:
    """Ask everything, and print a line of JSON for each answer: the classes that it has."""
    limit, names, hosts = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    folder, turns = Path(tempfile.mkdtemp()), asyncio.Semaphore(AT_ONCE)
    file = folder / "fox.png"
    file.write_bytes(b"x" * 1_000)

    async def say(name: str, odd: str, question: Question) -> None:
        what, ask = question
        async with turns:
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await ask()
            except BaseException as error:  # noqa: BLE001 - that is what is looked for
                answer = error
        _print([name, odd, what, [kind.__name__ for kind in type(answer).__mro__]])

    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(1.0)) as client:
        for odd, url in hosts.items():
            at_host = folder / odd
            at_host.mkdir()
            asked = [("", question) for question in to_host(url, client, at_host)]
            for name in names:
                asked += [(name, question) for question in to_service(name, url, client, file)]
            await asyncio.gather(*(say(name, odd, question) for name, question in asked))
    _print(["", "", "peak", peak() >> 20])


async def _drained(stream: AsyncIterator[Any]) -> None:
    async for _ in stream:
        pass


def _print(line: list[Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
