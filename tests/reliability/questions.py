"""Asking backends what jobs are asked in their life, and judging their answers to any reply."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from emulators.faults import Fault, FaultKind
from reliability.odd_replies import Reply, changed, refused, spoilt
from rushes import RushesError
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Cancellation,
    Done,
    Failed,
    Passing,
    Refused,
    Unknown,
    Working,
)
from rushes.catalog import Catalog
from rushes.contract.results import Cost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from pathlib import Path
    from random import Random

    from emulators.emulator import Emulator
    from rushes.backends.protocol import Backend
    from support.services import Service

CATALOG = Catalog.load()

URLS = dict.fromkeys(("queue", "rest", "api", "url", "base_url"), "http://127.0.0.1:9")

SUBMISSION = Accepted | Refused | Unknown
STATUS = Working | Done | Failed | Passing | Absent
FOUND = Accepted | Absent | Passing | Unknown

UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What must not reach a terminal or a page."""


class Question(NamedTuple):
    """Something that is asked of a backend, with the replies that the service gives to it.

    Attributes:
        name: what it is.
        ask: asks it.
        answers: what it may return.
        replies: of the service, in order.
    """

    name: str
    ask: Callable[[Backend], Awaitable[Any]]
    answers: Any
    replies: list[Reply]


class Recording(httpx.AsyncBaseTransport):
    """Notes what a service answers."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self._line = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._line.handle_async_request(request)
        content = await response.aread()
        kept = {
            name: value
            for name, value in response.headers.items()
            if name in ("content-type", "retry-after", "x-fal-request-id")
        }
        self.replies.append(Reply(response.status_code, kept, content))
        return httpx.Response(response.status_code, headers=kept, content=content)

    async def aclose(self) -> None:
        await self._line.aclose()


class Replaying(httpx.AsyncBaseTransport):
    """Answers with given replies; the last reply again and again."""

    def __init__(self, replies: list[Reply]) -> None:
        self._replies = list(replies)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        del request
        reply = self._replies[0] if len(self._replies) == 1 else self._replies.pop(0)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content)


def of_service(service: Service, options: dict[str, Any], folder: Path) -> list[Question]:
    """What a backend is asked in a job's life, with the emulated service's replies."""
    request = CATALOG.read(service.request, backend=service.name)
    picture = folder / "fox.png"
    picture.write_bytes(b"x" * 1_000)

    async def record(emulator: Emulator[Any]) -> list[Question]:
        backend, recording = service.backend(emulator.urls, **options), Recording()
        questions = list[Question]()

        async def note(name: str, ask: Callable[[Backend], Awaitable[Any]], answers: Any) -> Any:
            recording.replies.clear()
            answer = await ask(backend)
            assert isinstance(answer, answers), (name, answer)
            questions.append(Question(name, ask, answers, list(recording.replies)))
            return answer

        async with httpx.AsyncClient(transport=recording) as client:
            backend.connect(client)
            body = backend.translate(request, CATALOG[request.provider], {})
            attempts = [Attempt(f"j{n}", f"token-{n}", body, time.time()) for n in range(3)]
            one = await note("submit", lambda it: it.submit(attempts[0]), SUBMISSION)
            two = await backend.submit(attempts[1])
            jobs = ((one.remote_id, one.remote), (two.remote_id, two.remote))
            await note("poll, running", lambda it: it.poll(*jobs[0]), STATUS)
            await note("cancel", lambda it: it.cancel(*jobs[1]), Cancellation)
            await note("find", lambda it: it.find(attempts[0]), FOUND)
            emulator.advance(4_000.0)
            done = await note("poll, done", lambda it: it.poll(*jobs[0]), STATUS)
            assert isinstance(done, Done)

            async def both(it: Backend) -> Any:
                return (await asyncio.gather(*(it.poll(*job) for job in jobs)))[0]

            if service.name in ("ark", "kling", "gateway"):
                await note("poll, two at once", both, STATUS)
            emulator.add_fault(Fault(FaultKind.MODEL_FAILURE))
            failing = await backend.submit(attempts[2])
            emulator.advance(4_000.0)
            await note(
                "poll, failed",
                lambda it: it.poll(failing.remote_id, failing.remote),
                STATUS,
            )
            if backend.upload_lifetime is not None:
                await note("upload", lambda it: it.upload(picture), str)
            if service.name == "gateway":
                await note("upload", lambda it: it.upload(picture), dict)
                await note("announced", lambda it: it.announced(), list)  # type: ignore[attr-defined]
        return questions

    settings: dict[str, Any] = {"run_seconds": (3_600.0, 3_600.0), "tiny_clips": True}
    with service.emulator(**settings) as emulator:
        if service.name == "gateway":
            emulator.settings.models = [{"id": "a-1", "title": "A", "parameters": {}}]
        return asyncio.run(record(emulator))


def fault_of(answer: Any, answers: Any) -> str | None:
    """What is wrong with an answer; None when all is well."""
    if isinstance(answer, RushesError) and answers in (str, list, dict):
        answer = Passing(answer)
    elif not isinstance(answer, answers):
        return f"is {answer!r}"
    plain = plainly(answer)
    try:
        json.dumps(plain, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError) as error:
        return f"cannot be written down: {error!r:.200}"
    if answers is not list and any(map(UNSHOWN.search, texts_in(plain))):
        return f"cannot be shown: {plain!r:.200}"
    if isinstance(answer, Done):
        return fault_of_video(answer)
    return fault_of_progress(answer) if isinstance(answer, Working) else None


def fault_of_video(done: Done) -> str | None:
    """What is wrong with the news of a finished video."""
    if not done.url.startswith(("http://127.0.0.1:", "https://")):
        return f"leads to {done.url[:80]}"
    if done.seed is not None and (done.seed is True or not 0 <= done.seed <= 2**63):
        return f"has seed {done.seed!r}"
    if done.cost is not None and not 0 <= done.cost.amount < 1e6:
        return f"costs {done.cost!r}"
    return None


def fault_of_progress(working: Working) -> str | None:
    """What is wrong with the news that a job is not done."""
    position, fraction = working.position, working.fraction
    if position is not None and (isinstance(position, bool) or not 0 <= position <= 10**6):
        return f"is in place {position!r}"
    if fraction is not None and not 0 <= fraction <= 1:
        return f"is done by {fraction!r}"
    return None


def plainly(value: Any) -> Any:
    """An answer as plain JSON."""
    if isinstance(value, RushesError):
        return value.to_json()
    if isinstance(value, Cost):
        return value.model_dump()
    if dataclasses.is_dataclass(value):
        return {
            field.name: plainly(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts if isinstance(value, dict | list) else ():
        yield from texts_in(part)


async def answered(question: Question, backend: Backend, replies: list[Reply]) -> str | None:
    """What is wrong with the answer to a question that gets these replies."""
    async with httpx.AsyncClient(transport=Replaying(replies), trust_env=False) as client:
        backend.connect(client)
        try:
            answer = await question.ask(backend)
        except RushesError as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            return f"raises {error!r:.200}"
    return fault_of(answer, question.answers)


class Case(NamedTuple):
    """A question with the replies that it gets.

    Attributes:
        question: what is asked.
        words: what is wrong with one of the replies.
        replies: all of them, in order.
    """

    question: Question
    words: str
    replies: list[Reply]


def every_case(questions: Iterable[Question]) -> Iterator[Case]:
    """Each field of each reply of each question replaced by anything."""
    for question in questions:
        for number, reply in enumerate(question.replies):
            odd = [*changed(reply)]
            if question.name in ("submit", "poll, done"):
                odd += refused(reply)
            for words, new in odd:
                yield Case(question, words, _with(question.replies, number, new))


def drawn_cases(questions: Iterable[Question], each: int, die: Random) -> Iterator[Case]:
    """Replies with several things wrong at once: so many for each reply of each question."""
    for question in questions:
        for number, reply in enumerate(question.replies):
            for _ in range(each):
                new = spoilt(reply, die)
                words = f"{new.content[:300]!r}"
                yield Case(question, words, _with(question.replies, number, new))


def _with(replies: list[Reply], number: int, new: Reply) -> list[Reply]:
    return [*replies[:number], new, *replies[number + 1 :]]


def faults_in(service: Service, cases: Iterable[Case], options: dict[str, Any]) -> list[str]:
    """What is wrong with a backend's answers; one sentence each."""
    tried, found = list(cases), list[str]()

    async def one(case: Case) -> None:
        backend = service.backend(URLS, **options)
        fault = await answered(case.question, backend, case.replies)
        if fault is not None:
            found.append(f"{service}: {case.question.name}: {case.words}: {fault}")

    async def all_of_them() -> None:
        for first in range(0, len(tried), 500):
            await asyncio.gather(*map(one, tried[first : first + 500]))

    asyncio.run(all_of_them())
    return found
