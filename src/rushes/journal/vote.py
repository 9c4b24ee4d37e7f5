"""One vote between two takes."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from rushes.catalog.kinds import CONTRACT_MEDIA
from rushes.catalog.media import identity_of, media_in
from rushes.contract.errors import InvalidParams
from rushes.contract.wording import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Question = Literal["prompt", "looks"]
"""``"prompt"`` asks which take follows the prompt better, ``"looks"`` which looks better."""

Choice = Literal["left", "right", "tie"]

QUESTIONS: tuple[Question, ...] = get_args(Question)
CHOICES: tuple[Choice, ...] = get_args(Choice)

LONGEST_VOTER = 100
"""Characters of a voter's name."""


@dataclass(frozen=True)
class Vote:
    """A preference between two takes.

    >>> from rushes.comparison import Vote
    >>> vote = Vote("looks", "kling-3.0-standard", "seedance-2.0", "left")
    >>> vote.choice
    'left'

    Attributes:
        question: ``"prompt"``: which follows the prompt; ``"looks"``: which looks better.
        left: the provider or label of one take.
        right: that of the other.
        choice: ``"left"``, ``"right"`` or ``"tie"``.
        left_job: the job that made the one take, when known.
        right_job: the job that made the other, when known.
        at: when the vote was cast, in unix seconds.
        id: of the vote; the same id again is the same vote.
        voter: the name of who cast it; empty for the user of this machine.
        unlike: how the requests of the two takes differ, as the function `unlike` says, where the
            journal knows both. Such a vote says nothing about the names and is not counted.
        prompt: stands for the prompt, mode and inputs of the two, where the journal knows them.

    Raises:
        InvalidParams: when a value is not one of these.
    """

    question: Question
    left: str
    right: str
    choice: Choice
    left_job: str | None = None
    right_job: str | None = None
    at: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    voter: str = ""
    unlike: tuple[str, ...] = field(default=(), compare=False)
    prompt: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _check_known("question", self.question, QUESTIONS)
        _check_known("choice", self.choice, CHOICES)
        for name in ("left", "right", "id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                msg = f"{value!r} cannot be the {name} of a vote; give a text that is not empty."
                raise InvalidParams(msg)
        check_voter(self.voter)
        if self.left == self.right:
            msg = (
                f"A vote is between two names, and both are {self.left!r}; give the takes "
                f"different labels."
            )
            raise InvalidParams(msg)


def check_voter(name: object) -> None:
    """Refuse what cannot be the name of a voter.

    Raises:
        InvalidParams: if it is not a text, or too long.
    """
    if not isinstance(name, str) or len(name) > LONGEST_VOTER:
        msg = f"{shown(name)} cannot be a voter; give a text of up to {LONGEST_VOTER} characters."
        raise InvalidParams(msg)


def contract_media(_provider: str) -> Collection[str]:
    """The parameters of the contract that hold images, videos or sounds, for any provider."""
    return CONTRACT_MEDIA


def unlike(
    left: Mapping[str, Any], right: Mapping[str, Any], media: Collection[str] = CONTRACT_MEDIA
) -> tuple[str, ...]:
    """What two requests do not have in common of prompt, mode and inputs.

    Only takes of the same request can be voted on: otherwise the better prompt wins, not the
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
    """Two short texts, of prompt and mode and of the inputs, that are equal for equal requests.

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
            name: list(map(identity_of, items))
            for name, items in media_in(params, sorted(media)).items()
        },
    }


def _words(prompt: object) -> str:
    return " ".join(str(prompt or "").split())


def _check_known(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        msg = f"{value!r} is not a {name} of a vote; give one of {', '.join(known)}."
        raise InvalidParams(msg)
