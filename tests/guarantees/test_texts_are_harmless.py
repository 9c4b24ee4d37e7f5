"""A text from outside does nothing to a terminal or a log but stand there."""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from rushes import InvalidParams, JobState, RushesError
from rushes.backends.protocol import Accepted, Failed, Limits, Unknown, Working
from rushes.contract.errors import Problem
from rushes.contract.wording import on_one_line, visible
from rushes.engine.tracking import Progress
from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "\x1b]0;title\x07\x1b[2J\x9b1m\u202eevil\u2066\r\nCRITICAL forged\u2028\x7f\x00\x85end\ud83d"
)

ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Hostile:
    """A third party's backend whose service says hostile things wherever it says anything."""

    name = "fal"
    limits = Limits(poll_floor=0.05, first_poll=0.05)
    upload_lifetime = None
    reconciliation = "none"
    lag = 0.0

    def __init__(self, status: Any, submission: Any = None) -> None:
        self.status, self.submission = status, submission or Accepted("job-1")

    def connect(self, client: Any) -> None:
        self.media = client

    def translate(self, *_: Any) -> dict[str, Any]:
        return {}

    async def upload(self, path: Path) -> str:
        return str(path)

    async def submit(self, _: Any) -> Any:
        return self.submission

    async def poll(self, *_: Any) -> Any:
        return self.status

    cancel = find = poll

    def locate(self, remote_id: str, _: Any) -> Accepted:
        return Accepted(remote_id)


def test_every_character_that_acts_is_shown_as_an_escape():
    """Controls, line separators, directions and halves of characters; all others stay."""
    for number in (*range(0x3000), *range(0xD700, 0xE100)):
        sign = chr(number)
        kind, direction = unicodedata.category(sign), unicodedata.bidirectional(sign)
        acts = kind in {"Cc", "Cs", "Zl", "Zp"} or direction in {
            *("LRE", "RLE", "LRO", "RLO", "PDF"),
            *("LRI", "RLI", "FSI", "PDI"),
        }
        acts = acts or sign in "\u061c\u200e\u200f"
        shown = on_one_line(sign)
        assert (shown != sign) is acts, hex(number)
        assert shown.isascii() or not acts
        assert on_one_line(shown) == shown


def test_line_ends_and_tabs_stay_where_there_may_be_lines():
    """An error lists its problems on lines; a log record and a progress are on one."""
    assert visible("a\n\tb\r\x1b") == "a\n\tb\\r\\x1b"
    assert on_one_line("a\n\tb\r\x1b") == "a\\n\\tb\\r\\x1b"


def test_no_error_and_no_progress_acts():
    """Whatever words they were made with, also by others than rushes."""
    problem = Problem("prompt", HOSTILE, HOSTILE)
    error = RushesError.from_json({"code": "TIMEOUT", "message": HOSTILE})

    for said in (str(RushesError(HOSTILE)), str(error), str(InvalidParams.of([problem]))):
        assert "evil" in said
        assert ACTING.findall(said.replace("\n", "")) == []
    assert ACTING.findall(Progress(JobState.RUNNING, HOSTILE).text) == []


def test_what_a_service_says_acts_nowhere(make, caplog):
    """In the progress, the error, a job's repr and its text in a cell, and the log."""
    caplog.set_level(logging.DEBUG, "rushes")
    backend = Hostile(Working(None, None, HOSTILE))
    gen = make(backend)
    job = gen.submit(FOX)
    until(lambda: "evil" in job.progress.text)

    running = [job.progress.text, repr(job), job._repr_mimebundle_()["text/plain"]]
    backend.status = Failed(RushesError(HOSTILE))
    with pytest.raises(RushesError, match="evil") as caught:
        job.result()
    (event,) = [*gen.get_completed_jobs_sync(), None][:1]

    ended = [str(caught.value), repr(job), job._repr_mimebundle_()["text/plain"]]
    ended += [event.error] if event else []
    assert all(ACTING.findall(said) == [] for said in running)
    assert all(ACTING.findall(said.replace("\n", "")) == [] for said in ended)
    assert all(ACTING.findall(record.getMessage()) == [] for record in caplog.records)


def test_a_service_cannot_forge_a_record_of_the_log(make, caplog):
    """A record is one line, and a traceback below it does nothing to a terminal."""
    caplog.set_level(logging.INFO, "rushes")
    gen = make(Hostile(Working(None, None, None), Unknown(HOSTILE)))
    gen.submit(FOX)

    until(lambda: "submission is unknown" in caplog.text)
    try:
        raise ValueError(HOSTILE)  # noqa: TRY301 - as a step of the engine does
    except ValueError:
        logging.getLogger("rushes").exception("a step failed: %s", HOSTILE)

    assert "evil" in caplog.text
    assert "\nCRITICAL" not in caplog.text.split("Traceback")[0]
    assert ACTING.findall(caplog.text.replace("\n", "")) == []


def test_a_plan_shows_a_prompt_as_it_would_a_text(make):
    """Its text in a cell comes from a page or a table, too."""
    gen = make(Hostile(Working(None, None, None)))

    plan = gen.plan(FOX | {"prompt": HOSTILE.replace("\ud83d", "")})

    for said in (str(plan), repr(plan)):
        assert ACTING.findall(said.replace("\n", "")) == []
