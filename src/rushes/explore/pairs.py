"""Pairs of takes that can be voted on, and the one to show next."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from rushes.explore.ranking import Pair, Ranking, Result
from rushes.journal import JobState
from rushes.journal.vote import QUESTIONS, Question, fingerprint

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from rushes.job import Job
    from rushes.journal import JobRecord, Vote

SHARES = {"left": 1.0, "tie": 0.5, "right": 0.0}
"""What a vote counts for the left one."""

Both = frozenset[str]
"""The jobs of a pair, in no order."""


@dataclass(frozen=True)
class TakePair:
    """Two takes of one request by two providers, on the sides on which they are shown.

    >>> pair = bake.next_pair()
    >>> pair.left.provider != pair.right.provider
    True

    Attributes:
        left: the job of the take on the left.
        right: the job of the take on the right.
    """

    left: Job
    right: Job

    @property
    def prompt(self) -> str:
        """What both were asked for."""
        return self.left.params.prompt or ""


class Pairs:
    """The pairs of some takes: of one prompt, mode and set of inputs, by two providers.

    Args:
        records: the jobs; unfinished and failed ones are in no pair.
        media: by provider, the parameters that hold images, videos or sounds.
    """

    def __init__(
        self, records: Iterable[JobRecord], media: Callable[[str], Collection[str]]
    ) -> None:
        done = [record for record in records if record.state is JobState.COMPLETED]
        self.records = {record.id: record for record in done}
        self.asked = {record.id: asked(record, media) for record in done}
        groups = defaultdict[str, list[str]](list)
        for record in done:
            groups[self.asked[record.id]].append(record.id)
        self._all = {
            frozenset((one, other)): None
            for jobs in groups.values()
            for one, other in combinations(jobs, 2)
            if self.provider(one) != self.provider(other)
        }

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, both: object) -> bool:
        return both in self._all

    def __iter__(self) -> Iterator[Both]:
        return iter(self._all)

    def provider(self, job_id: str) -> str:
        """The provider of a take."""
        return self.records[job_id].provider

    def counted(self, votes: Iterable[Vote]) -> list[Vote]:
        """The votes that are on these pairs, for their providers."""
        return [vote for vote in votes if self._counts(vote)]

    def _counts(self, vote: Vote) -> bool:
        if vote.unlike or vote.left_job is None or vote.right_job is None:
            return False
        if frozenset((vote.left_job, vote.right_job)) not in self._all:
            return False
        names = self.provider(vote.left_job), self.provider(vote.right_job)
        return (vote.left, vote.right) == names

    def ranking(self, votes: Iterable[Vote], question: Question, names: Iterable[str]) -> Ranking:
        """How the providers rank in one question.

        Args:
            votes: on these pairs.
            question: the question.
            names: all providers.
        """
        return Ranking(
            (
                Result(self.asked[str(vote.left_job)], vote.left, vote.right, SHARES[vote.choice])
                for vote in votes
                if vote.question == question
            ),
            names,
        )

    def next(
        self, votes: Sequence[Vote], names: Collection[str], voter: str, dice: random.Random
    ) -> tuple[str, str] | None:
        """The jobs that a voter should see next, left and right; None if none are left.

        The question that is least decided chooses the providers and the prompt, as
        `Ranking.next_pair` says; of their takes those are shown that were shown least.

        Args:
            votes: all on these pairs.
            names: all providers.
            voter: sees no pair twice.
            dice: shuffles.
        """
        shown = Counter(_both(vote) for vote in votes)
        seen = {_both(vote) for vote in votes if vote.voter == voter}
        left = [both for both in self._all if both not in seen]
        if not left:
            return None
        dice.shuffle(left)
        takes = defaultdict[Pair, list[Both]](list)
        for both in left:
            one, other = sorted(both, key=self.provider)
            pair = Pair(self.asked[one], self.provider(one), self.provider(other))
            takes[pair].append(both)
        rankings = [self.ranking(votes, question, names) for question in QUESTIONS]
        chosen = min(rankings, key=lambda ranking: ranking.least_apart).next_pair(takes)
        assert chosen is not None  # noqa: S101 - for the type checker: some are left
        fewest: Both = min(takes[chosen], key=lambda both: shown[both])
        jobs = sorted(fewest)
        dice.shuffle(jobs)
        return jobs[0], jobs[1]


def asked(record: JobRecord, media: Callable[[str], Collection[str]]) -> str:
    """Stands for the prompt, mode and inputs of a job, as `Vote.prompt` does."""
    return "/".join(fingerprint(record.params, media(record.provider)))


def _both(vote: Vote) -> Both:
    return frozenset((str(vote.left_job), str(vote.right_job)))
