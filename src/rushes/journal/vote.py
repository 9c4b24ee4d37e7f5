"""One vote between two takes."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic.alias_generators import to_camel

from rushes.catalog.parameter import CONTRACT_MEDIA
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Question = Literal["prompt", "looks"]
"""Which follows the prompt better, and which looks better."""

Choice = Literal["left", "right", "tie"]

QUESTIONS: tuple[Question, ...] = get_args(Question)
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True)
class Vote:
    """What somebody preferred of two takes.

    Attributes:
        question: ``"prompt"``: which follows the prompt; ``"looks"``: which looks better.
        left: the provider or label of one take.
        right: that of the other.
        choice: ``"left"``, ``"right"`` or ``"tie"``.
        left_job: the job that made the one take, when known.
        right_job: the job that made the other, when known.
        at: when the vote was cast, in unix seconds.
        id: of the vote; the same id again is the same vote.
        unlike: what is not the same in the requests of the two takes, as `unlike` tells it of
            those that the journal knows. Such a vote says nothing of the names, and is counted
            nowhere.

    Raises:
        InvalidParams: when a value is not one of those.
    """

    question: Question
    left: str
    right: str
    choice: Choice
    left_job: str | None = None
    right_job: str | None = None
    at: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    unlike: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        _check_known("question", self.question, QUESTIONS)
        _check_known("choice", self.choice, CHOICES)
        for name in ("left", "right", "id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                msg = f"{value!r} cannot be the {name} of a vote; give a text that is not empty."
                raise InvalidParams(msg)
        if self.left == self.right:
            msg = f"A vote is between two names, and both are {self.left!r}; label the takes apart."
            raise InvalidParams(msg)


def unlike(
    left: Mapping[str, Any], right: Mapping[str, Any], media: Collection[str] = CONTRACT_MEDIA
) -> tuple[str, ...]:
    """What two requests do not have in common of prompt, mode and inputs.

    Only takes that were asked for the same can be voted on: else the better prompt wins, not the
    better provider.

    Args:
        left: one request as contract JSON.
        right: the other.
        media: the parameters that hold images, videos or sounds, by Python name.
    """
    one, other = _asked(left, media), _asked(right, media)
    return tuple(name for name in one if one[name] != other[name])


def fingerprint(
    params: Mapping[str, Any], media: Collection[str] = CONTRACT_MEDIA
) -> tuple[str, str]:
    """Two short texts, of prompt and mode and of the inputs, that alike requests share.

    Args:
        params: a request as contract JSON.
        media: as for `unlike`.
    """
    asked = _asked(params, media)
    prompt, inputs = (
        json.dumps(part) for part in ([asked["prompt"], asked["mode"]], asked["inputs"])
    )
    return _digest(prompt), _digest(inputs)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _asked(params: Mapping[str, Any], media: Collection[str]) -> dict[str, Any]:
    shots = params.get("multiPrompt")
    scenes = [
        _words(shot.get("prompt") if isinstance(shot, dict) else shot)
        for shot in (shots if isinstance(shots, (list, tuple)) else ())
    ]
    return {
        "prompt": (_words(params.get("prompt")), scenes),
        "mode": params.get("mode"),
        "inputs": {
            name: _files(value) for name in sorted(media) if (value := params.get(to_camel(name)))
        },
    }


def _words(prompt: object) -> str:
    return " ".join(str(prompt or "").split())


def _files(value: object) -> list[str]:
    """Images, videos or sounds; a copy that is named by its content is the same under any name."""
    values = value if isinstance(value, (list, tuple)) else [value] if value else []
    kept = ((re.search(r"(?:^|[\\/])([0-9a-f]{16})-[^\\/]*$", str(item)), item) for item in values)
    return [found[1] if found else str(item) for found, item in kept]


def _check_known(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        msg = f"{value!r} is no {name} of a vote; give one of {', '.join(known)}."
        raise InvalidParams(msg)


COLUMNS = {
    "question": "question",
    "left": "left_name",
    "right": "right_name",
    "choice": "choice",
    "left_job": "left_job",
    "right_job": "right_job",
    "at": "cast_at",
    "id": "id",
}
"""The column of each field; LEFT and RIGHT are words of SQL."""


def to_row(vote: Vote) -> list[Any]:
    """A vote in the order of `COLUMNS`."""
    return [getattr(vote, name) for name in COLUMNS]


def from_row(
    row: Mapping[str, Any],
    requests: Mapping[str, Mapping[str, Any]],
    media: Callable[[str], Collection[str]],
) -> Vote:
    """A vote out of a row.

    Args:
        row: by the names of columns.
        requests: those of jobs by their ids, as far as they are known.
        media: by provider, the parameters that hold images, videos or sounds.
    """
    left, right = requests.get(row["left_job"]), requests.get(row["right_job"])
    differing: tuple[str, ...] = ()
    if left is not None and right is not None:
        names = {*media(left.get("provider", "")), *media(right.get("provider", ""))}
        differing = unlike(left, right, names)
    return Vote(**{name: row[column] for name, column in COLUMNS.items()}, unlike=differing)
