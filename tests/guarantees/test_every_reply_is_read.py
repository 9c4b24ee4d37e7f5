"""Whatever a service answers, jobs go on or end: no field of any reply, of any type, raises."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from emulators.faults import Fault, FaultKind
from emulators.jobs import Failure
from reliability.asking import in_state
from rushes import JobState, RushesError, SafetyFilter, VideoGen
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
from support.services import BY_NAME, SERVICES
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator
    from rushes import Job
    from rushes.backends.protocol import Backend
    from support.services import Service

CATALOG = Catalog.load()

MARK = "the mark"

DEEP = 2_000
"""Levels, more than Python nests calls."""

VALUES = (
    *("null", "true", "false", "0", "-1", "7", "1.5", "-0.5"),
    *("NaN", "Infinity", "-Infinity", "1e999", f"1{'0' * 400}", f"-1{'0' * 5_000}"),
    *('""', '"x"', '"\\ud83d"', '"\\u0000\\u001b[2J\\u009b\\u202e"', f'"{"x" * 20_000}"'),
    *('"http://127.0.0.1:99999/v"', '"https://\\u0000/"', '"file:///etc/passwd"', '"http://["'),
    *("[]", "{}", "[null]", "[7]", "[{}]", "[[]]", '{"a": null}', '{"message": []}', '["a"]'),
    "[" * DEEP + "]" * DEEP,
)
"""What a field is replaced by, as JSON."""

BODIES = (
    *(b"", b"null", b"[]", b"7", b"NaN", b"\xff\xfe{}", b'{"a": ', b"<html>no</html>"),
    *(b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5_000, b'{"a": "\xed\xa0\xbd"}'),
)
"""What a whole reply is replaced by."""

STATUSES = (200, 202, 204, 301, 400, 401, 402, 403, 404, 409, 422, 429, 499, 500, 503)

SUBMISSION = Accepted | Refused | Unknown
STATUS = Working | Done | Failed | Passing | Absent
FOUND = Accepted | Absent | Passing | Unknown

UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What must not reach a terminal or a page."""


class Reply(NamedTuple):
    """A reply as it was recorded."""

    status: int
    headers: dict[str, str]
    content: bytes


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
                await note("announced", lambda it: it.announced(), list)  # type: ignore[attr-defined]
        return questions

    settings: dict[str, Any] = {"run_seconds": (3_600.0, 3_600.0), "tiny_clips": True}
    with service.emulator(**settings) as emulator:
        if service.name == "gateway":
            emulator.settings.models = [{"id": "a-1", "title": "A", "parameters": {}}]
        return asyncio.run(record(emulator))


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every part of a JSON value, of lists to the first one."""
    if path:
        yield path
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value[:1])  # The others are of the same kind.
    for name, item in parts:
        yield from places(item, (*path, name))


def with_mark(value: Any, path: tuple[str | int, ...]) -> Any:
    """A JSON value with the mark in one place."""
    if not path:
        return MARK
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_mark(value[path[0]], path[1:])
    return copy


def changed(reply: Reply) -> Iterator[tuple[str, Reply]]:
    """Each field of a reply replaced by each of the values, and the reply as a whole."""
    for status in STATUSES:
        yield f"status {status}", reply._replace(status=status)
    for content in BODIES:
        yield f"{content[:20]!r}", reply._replace(content=content)
    try:
        value = json.loads(reply.content)
    except ValueError:
        return
    for path in places(value):
        text = json.dumps(with_mark(value, path))
        for new in VALUES:
            content = text.replace(f'"{MARK}"', new).encode()
            yield f"{path} = {new[:30]}", reply._replace(content=content)


def refused(reply: Reply) -> Iterator[tuple[str, Reply]]:
    """A refusal in place of a reply, with anything in the fields that hold the reasons."""
    for name in ("detail", "error", "message", "issues", "errorDetail", "code"):
        for new in VALUES:
            content = f'{{"{name}": {new}}}'.encode()
            yield f"422 {name} = {new[:30]}", reply._replace(status=422, content=content)


def fault_of(answer: Any, answers: Any) -> str | None:
    """What is wrong with an answer; None when all is well."""
    if isinstance(answer, RushesError) and answers in (str, list):
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


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_no_reply_of_a_service_raises(service: Service, tmp_path: Path) -> None:
    """Each field of each reply, replaced by anything, gives one of the outcomes of the protocol."""
    options = {"lag": 0.0} if service.lag else {}
    questions = of_service(service, options, tmp_path)

    async def faults() -> list[str]:
        found, urls = list[str](), dict.fromkeys(URLS, "http://127.0.0.1:9")

        async def one(question: Question, words: str, replies: list[Reply]) -> None:
            fault = await answered(question, service.backend(urls, **options), replies)
            if fault is not None:
                found.append(f"{question.name}: {words}: {fault}")

        tried = [
            (question, words, [*question.replies[:number], new, *question.replies[number + 1 :]])
            for question in questions
            for number, reply in enumerate(question.replies)
            for words, new in (
                *changed(reply),
                *(refused(reply) if question.name in ("submit", "poll, done") else ()),
            )
        ]
        assert len(tried) > 1_000
        for first in range(0, len(tried), 500):
            await asyncio.gather(*(one(*case) for case in tried[first : first + 500]))
        return found

    found = asyncio.run(faults())

    assert found == [], f"{len(found)} faults, e.g. {found[:5]}"


URLS = ("queue", "rest", "api", "url", "base_url")


HALF = "No \ud83d foxes"
"""A text of a service that cut an emoji in two."""


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        (
            "fal",
            Failure(422, {"detail": [{"msg": HALF, "type": "content_policy_violation"}]}),
        ),
        ("gateway", Failure(200, {"error": HALF, "code": "VIDEO_GEN_SAFETY_FILTER"})),
    ],
)
def test_a_refusal_with_half_an_emoji_ends_the_job(name, failure, tmp_path):
    """A service that cuts its texts may cut an emoji in two; the rest is shown."""
    service = BY_NAME[name]
    with (
        service.emulator(run_seconds=(3_600.0, 3_600.0), tiny_clips=True) as emulator,
        VideoGen(
            service.backend(emulator.urls),
            library=tmp_path / "media",
            home=tmp_path / "home",
            timing=QUICK,
        ) as gen,
    ):
        job = gen.submit(service.request)
        in_state(job, JobState.RUNNING)
        emulator.jobs[0].failure = failure
        emulator.advance(4_000.0)

        assert ended(gen, job) is JobState.FAILED
        with pytest.raises(SafetyFilter, match=r"No . foxes") as caught:
            job.result()
        str(caught.value).encode()


def ended(gen: VideoGen, job: Job) -> JobState:
    """The state in which a job ends; the one in which it is when it does not end in time."""
    try:
        return gen.engine.wait(job.id).result(8.0).state
    except TimeoutError:
        return job.state


@pytest.mark.parametrize("column", ["error", "remote_id"])
def test_any_text_can_be_written_down(column):
    """Backends of other packages may hand on what no database takes; a job ends all the same."""
    from rushes.journal.sqlite.rows import to_column  # noqa: PLC0415 - private

    value = {"message": HALF} if column == "error" else HALF
    written = to_column(column, value)

    assert "foxes" in written
    assert UNSHOWN.search(written) is None
