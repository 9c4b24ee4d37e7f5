"""The file of votes that a page for colleagues makes: read as what it is, a file from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.contract.errors import InvalidParams
from rushes.contract.wording import on_one_line, shown
from rushes.io.regular import read_regular
from rushes.journal.vote import LONGEST_VOTER, Choice, Question

if TYPE_CHECKING:
    import os

LARGEST = 4_000_000
"""Bytes of a file of votes."""

MOST_VOTES = 20_000
"""Votes in a file."""

FORMAT: Literal["rushes-votes"] = "rushes-votes"

JobId = Annotated[str, Field(min_length=1, max_length=200)]


class FiledVote(BaseModel):
    """One answer of a voter.

    Attributes:
        left: the job of the take on the left.
        right: that of the take on the right.
        question: what was asked.
        choice: the answer.
        at: when, in unix seconds.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    left: JobId
    right: JobId
    question: Question
    choice: Choice
    at: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class VoteFile(BaseModel):
    """What a voter sends back.

    Attributes:
        format: what it is.
        version: of the format.
        bakeoff: the name of the bake-off.
        voter: who voted.
        votes: their answers.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    format: Literal["rushes-votes"]
    version: Literal[1]
    bakeoff: Annotated[str, Field(max_length=200)]
    voter: Annotated[str, Field(min_length=1, max_length=LONGEST_VOTER)]
    votes: Annotated[tuple[FiledVote, ...], Field(max_length=MOST_VOTES, strict=False)]


def read_votes(path: str | os.PathLike[str]) -> VoteFile:
    """The votes in a file.

    Raises:
        InvalidParams: if it cannot be read, or is not a file of votes; the message has the place.
    """
    name = on_one_line(str(path))
    try:
        data = read_regular(Path(path).expanduser(), LARGEST)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        msg = f"{name} cannot be read: {said}."
        raise InvalidParams(msg) from error
    try:
        found = VoteFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        msg = (
            f"{name} is not a file of votes: {on_one_line(where)}: {first['msg']}, not "
            f"{shown(first['input'])}. Give the file that the page of BakeOff.page() saved; "
            f"nothing was merged."
        )
        raise InvalidParams(msg) from None
    return found
