"""Processes that die at one exact point of a job's life."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from reliability.worker import Workplace, work
from rushes.engine.dispatch import Dispatcher
from rushes.engine.streams import Streams
from rushes.journal import JobState, SqliteJournal
from rushes.media import library, transfer
from rushes.media.part import Part
from support.services import BY_NAME

if TYPE_CHECKING:
    from rushes.backends.protocol import Attempt, Backend, Submission

Hook = Callable[[Workplace], None]

POINTS: dict[str, Hook] = {}
"""What makes a process die there, by the point in words."""

UNDER_WAY = {
    "before the intent is written",
    "after the intent, before anything is sent",
    "after the service took it, before its reply is read",
    "after the reply, before it is written down",
    "after the reply is written down",
    "between two polls",
    "while the service streams its status",
}
"""Points that come before the job's end at the service."""


def die() -> NoReturn:
    """End this process as a power cut for it alone would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def work_until(place: Workplace, point: str) -> None:
    """Work on the jobs of a journal until the point is reached."""
    POINTS[point](place)
    work(place)


def drain_and_die(place: Workplace) -> None:
    """Hand out the news of all jobs to a program that dies before it has done anything with it."""
    gen = place.open()
    assert gen.get_completed_jobs_sync()
    die()


def _at(point: str) -> Callable[[Hook], Hook]:
    def name(hook: Hook) -> Hook:
        POINTS[point] = hook
        return hook

    return name


def _before(owner: object, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die when a function is about to be called."""
    original = getattr(owner, name)

    def instead(*args: Any, **keywords: Any) -> Any:
        if when(*args):
            die()
        return original(*args, **keywords)

    setattr(owner, name, instead)


def _after(owner: object, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die when a function has done its work."""
    original = getattr(owner, name)

    def instead(*args: Any, **keywords: Any) -> Any:
        result = original(*args, **keywords)
        if when(*args):
            die()
        return result

    setattr(owner, name, instead)


def _writes(wanted: JobState) -> Callable[..., bool]:
    """Whether a call of `SqliteJournal.write` goes to this state."""
    return lambda _journal, _job, state=None: state is wanted


@_at("before the intent is written")
def _before_intent(_: Workplace) -> None:
    _before(SqliteJournal, "write", _writes(JobState.SUBMITTING))


@_at("after the intent, before anything is sent")
def _after_intent(_: Workplace) -> None:
    _after(SqliteJournal, "write", _writes(JobState.SUBMITTING))


@_at("after the service took it, before its reply is read")
def _before_reply(place: Workplace) -> None:
    kind = _backend(place)
    send = kind.submit

    async def submit(self: Backend, attempt: Attempt) -> Submission:
        sending = asyncio.ensure_future(send(self, attempt))
        while not await _is_taken(self, place):  # noqa: ASYNC110 - another process takes it
            await asyncio.sleep(0.01)
        assert not sending.done(), "the reply must come later than this"
        die()

    kind.submit = submit  # type: ignore[method-assign]


@_at("after the reply, before it is written down")
def _before_accept(_: Workplace) -> None:
    _before(SqliteJournal, "accept")


@_at("after the reply is written down")
def _after_accept(_: Workplace) -> None:
    _after(SqliteJournal, "accept")


@_at("between two polls")
def _before_second_poll(place: Workplace) -> None:
    Streams.follow = lambda *_: None  # type: ignore[method-assign]  # Who listens asks once.
    asked = []
    _before(_backend(place), "poll", lambda *_: asked.append(1) or len(asked) > 1)


@_at("while the service streams its status")
def _after_first_word(_: Workplace) -> None:
    _before(Dispatcher, "stream_began")


@_at("when it is known to be done, before that is written down")
def _before_fetching(_: Workplace) -> None:
    _before(SqliteJournal, "write", _writes(JobState.FETCHING))


@_at("before the first byte of the video")
def _after_fetching(_: Workplace) -> None:
    _after(SqliteJournal, "write", _writes(JobState.FETCHING))


@_at("with half a video")
def _half_a_video(_: Workplace) -> None:
    transfer.BLOCK = 256
    _after(Part, "append")


@_at("with the whole video, before it has its name")
def _before_rename(_: Workplace) -> None:
    _before(Part, "finish")


@_at("after the video has its name")
def _after_rename(_: Workplace) -> None:
    _after(Part, "finish")


@_at("after the still, before the facts")
def _after_poster(_: Workplace) -> None:
    _after(library, "make_poster")


@_at("after the facts, before the end is written down")
def _before_completed(_: Workplace) -> None:
    _before(SqliteJournal, "write", _writes(JobState.COMPLETED))


@_at("after the end is written down")
def _after_completed(_: Workplace) -> None:
    _after(SqliteJournal, "write", _writes(JobState.COMPLETED))


def _backend(place: Workplace) -> type[Backend]:
    """The class that talks to the service."""
    return type(BY_NAME[place.service].backend(place.urls))


async def _is_taken(backend: Backend, place: Workplace) -> bool:
    reply = await backend.media.get(f"{place.urls['base_url']}/_ledger", params={"requests": "0"})
    return bool(reply.json()["jobs"])
