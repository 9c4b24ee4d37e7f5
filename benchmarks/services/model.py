"""How long emulated jobs run and how often one may ask; the same for every service."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, dataclass

WARM_UP = "warm-up"
"""A job with this in its prompt is done at once: it only makes the client load what it needs."""

WARM_UP_SECONDS = 0.2

WARM_UP_JOBS = 8
"""Jobs that are made at once before anything is measured, so that what a client holds for parallel
work, however many jobs there are, is not counted as memory of the jobs."""


@dataclass(frozen=True, slots=True)
class Model:
    """What a service does.

    Attributes:
        seconds: how long jobs run; drawn evenly.
        polls_per_second: status calls let through, all clients together; None for no limit.
        retry_after: seconds named in the 429 answers beyond that limit.
        seed: of the draws.
    """

    seconds: tuple[float, float]
    polls_per_second: float | None = None
    retry_after: float = 2.0
    seed: int = 1

    def to_json(self) -> str:
        """The model as an argument of a service's process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_arguments(cls) -> Model:
        """The model that the command line names."""
        parser = argparse.ArgumentParser()
        parser.add_argument("model", type=json.loads)
        values = parser.parse_args().model
        return cls(**values | {"seconds": tuple(values["seconds"])})


class Durations:
    """Draws how long jobs run.

    Args:
        model: what the service does.
    """

    def __init__(self, model: Model) -> None:
        self._range = model.seconds
        self._random = random.Random(model.seed)

    def draw(self, prompt: str) -> float:
        """Seconds that the job with this prompt runs."""
        return WARM_UP_SECONDS if WARM_UP in prompt else self._random.uniform(*self._range)
