"""A bake-off: which of several providers is better for a set of prompts."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter, defaultdict
from html import escape
from typing import TYPE_CHECKING, Any

from rushes.contract import display
from rushes.contract.errors import InvalidParams, Problem, RushesError
from rushes.contract.wording import listed, on_one_line, shown, visible
from rushes.explore.pairs import Pairs, TakePair
from rushes.explore.results import (
    Results,
    agreement_of,
    contender_of,
    notes_of,
    open_questions,
    scores_of,
    wins_of,
)
from rushes.journal import JobRecord, JobState, Vote
from rushes.journal.vote import CHOICES, check_voter, fingerprint
from rushes.outcome import cost_of, result_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rushes.catalog import Catalog
    from rushes.estimate import Estimate
    from rushes.explore.progress import SweepProgress
    from rushes.explore.results import Contender
    from rushes.explore.sweep import Sweep
    from rushes.job import Job
    from rushes.journal.protocol import Journal
    from rushes.journal.vote import Choice, Question

FEWEST_PROVIDERS = 2

LARGEST_PAGE = 100_000_000
"""Bytes of video in a page for colleagues; larger files are hard to send and open."""

ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)


class BakeOff:
    """Takes of several providers for the same prompts, and votes on which are better.

    It is a sweep with a question: durable, capped, and each take is bought once.
    ``gen.bakeoff("its name")`` is the same one in another kernel.

    >>> bake = gen.bakeoff(
    ...     ["A red fox in the snow", "A paper boat in the rain"],
    ...     providers=["kling-3.0-standard", "seedance-2.0"],
    ...     duration_seconds=4,
    ...     name="animals",
    ... )
    >>> bake.run().wait()
    >>> bake.add_vote(bake.next_pair(), prompt="tie", looks="left")
    >>> bake.results().votes
    2

    Args:
        sweep: its takes.
        journal: keeps takes and votes.
        catalog: the providers.
        job_of: makes the `Job` of a record.

    Raises:
        InvalidParams: if the sweep has fewer than two providers, or its takes differ in more than
            prompt, inputs, provider and seed.
    """

    def __init__(
        self,
        sweep: Sweep,
        journal: Journal,
        catalog: Catalog,
        job_of: Callable[[JobRecord], Job],
    ) -> None:
        self.sweep = sweep
        self._journal = journal
        self._catalog = catalog
        self._job_of = job_of
        self._dice = random.Random()
        self.providers = tuple(
            dict.fromkeys(str(cell.params.get("provider")) for cell in sweep.cells)
        )
        self._check()

    def _check(self) -> None:
        if len(self.providers) < FEWEST_PROVIDERS:
            reason = f"a bake-off needs at least {FEWEST_PROVIDERS} providers."
            raise InvalidParams.of([Problem("providers", self.providers, reason)])
        places = Counter(
            (self._asked(cell.params), cell.params.get("provider"), cell.params.get("seed"))
            for cell in self.sweep.cells
        )
        if max(places.values()) > 1:
            known = {"prompt", "provider", "seed", "backend"}
            values = defaultdict[str, set[str]](set)
            for cell in self.sweep.cells:
                for name, value in cell.values.items():
                    values[name].add(value)
            varying = sorted(n for n, some in values.items() if len(some) > 1 and n not in known)
            reason = (
                "the takes of a bake-off may differ only in provider, prompt, inputs and seed; "
                f"these also differ in {listed(varying or ['backend'])}. Give it one value."
            )
            raise InvalidParams.of([Problem("values", varying, reason)])

    def _asked(self, params: Mapping[str, Any]) -> str:
        return "/".join(fingerprint(params, self._catalog.media_names(str(params.get("provider")))))

    # --- what it is ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, unique in the library."""
        return self.sweep.name

    @property
    def prompts(self) -> tuple[str, ...]:
        """The texts of its prompts."""
        return tuple(dict.fromkeys(self._prompts().values()))

    @property
    def titles(self) -> dict[str, str]:
        """What its providers are called, by id."""
        known = self._catalog.providers
        return {name: known[name].title if name in known else name for name in self.providers}

    @property
    def cost(self) -> Estimate:
        """What the takes cost that do not exist yet, before anything is sent."""
        return self.sweep.cost

    @property
    def progress(self) -> SweepProgress:
        """How far its takes are."""
        return self.sweep.progress

    @property
    def jobs(self) -> list[Job]:
        """Its takes that were started."""
        return self.sweep.jobs

    def _prompts(self) -> dict[str, str]:
        """The texts of the prompts, by what stands for each."""
        return {
            self._asked(cell.params): str(cell.params.get("prompt") or "")
            for cell in self.sweep.cells
        }

    def _records(self) -> list[JobRecord]:
        return self._journal.sweep_jobs(self.sweep.record)

    # --- what is done with it --------------------------------------------------------------------

    def run(self) -> BakeOff:
        """Start its takes, and return at once; `sweep` has pause, cancel and retry.

        Raises:
            RushesError: if the client is closed.
        """
        self.sweep.run()
        return self

    def wait(self, timeout: float | None = None) -> None:
        """Block until nothing more happens to its takes automatically.

        Args:
            timeout: seconds to wait; None has no limit.

        Raises:
            DeadlineExceeded: if it takes longer; it continues.
            RushesError: if it was not run.
        """
        self.sweep.wait(timeout)

    def __await__(self) -> Generator[Any, None, BakeOff]:
        yield from self.sweep.__await__()
        return self

    # --- votes -----------------------------------------------------------------------------------

    def next_pair(self, voter: str = "") -> TakePair | None:
        """The pair on which a voter's vote is most informative, its sides shuffled.

        None if the voter has seen every pair, or no two takes are finished.

        Args:
            voter: their name; empty for the user of this machine.

        Raises:
            InvalidParams: if that cannot be a name.
        """
        check_voter(voter)
        records = self._records()
        pairs = Pairs(records, self._catalog.media_names)
        found = pairs.next(self._votes(pairs), self.providers, voter, self._dice)
        if found is None:
            return None
        left, right = (self._job_of(pairs.records[job_id]) for job_id in found)
        return TakePair(left, right)

    def pairs(self) -> list[TakePair]:
        """Every pair of finished takes of one prompt by two providers."""
        pairs = Pairs(self._records(), self._catalog.media_names)
        jobs = {job_id: self._job_of(record) for job_id, record in pairs.records.items()}
        return [TakePair(*(jobs[job_id] for job_id in sorted(both))) for both in pairs]

    def pairs_left(self, voter: str = "") -> int:
        """How many pairs a voter has not seen yet.

        Args:
            voter: their name; empty for the user of this machine.
        """
        pairs = Pairs(self._records(), self._catalog.media_names)
        mine = {
            frozenset((vote.left_job, vote.right_job))
            for vote in self._votes(pairs)
            if vote.voter == voter
        }
        return len(pairs) - len(mine)

    def add_vote(
        self,
        pair: TakePair | Sequence[Job | str],
        *,
        prompt: Choice | None = None,
        looks: Choice | None = None,
        voter: str = "",
    ) -> None:
        """Record a judgement; it is durable on return.

        A voter's second judgement of the same two takes is not counted, so it does no harm to
        record one twice.

        Args:
            pair: from `next_pair`, or two jobs, left and right.
            prompt: which follows the prompt better: ``"left"``, ``"right"`` or ``"tie"``.
            looks: which looks better.
            voter: the name of who judged; empty for the user of this machine.

        Raises:
            InvalidParams: if the takes are not a pair of this bake-off, or an answer is
                not one of these.
            JournalError: when the journal cannot be written.
        """
        two = (pair.left, pair.right) if isinstance(pair, TakePair) else tuple(pair)
        jobs = [str(job if isinstance(job, str) else job.id) for job in two]
        pairs = Pairs(self._records(), self._catalog.media_names)
        if len(jobs) != FEWEST_PROVIDERS or frozenset(jobs) not in pairs:
            reason = (
                "give two finished takes of this bake-off that have the same prompt, mode and "
                "inputs and come from two providers; next_pair() returns such a pair."
            )
            raise InvalidParams.of([Problem("pair", jobs, reason)])
        answers: dict[Question, Choice | None] = {"prompt": prompt, "looks": looks}
        if not any(answers.values()):
            reason = f"answer at least one question, with one of {listed(CHOICES)}."
            raise InvalidParams.of([Problem("looks", None, reason)])
        left, right = map(pairs.provider, jobs)
        votes = [
            Vote(
                question,
                left,
                right,
                choice,
                left_job=jobs[0],
                right_job=jobs[1],
                id=vote_id(voter, jobs, question),
                voter=voter,
            )
            for question, choice in answers.items()
            if choice is not None
        ]
        for vote in votes:
            self._journal.add_vote(vote)

    def votes(self, voter: str | None = None) -> list[Vote]:
        """The votes on its takes, oldest first, wherever they were cast.

        Args:
            voter: only those of one; None for all.
        """
        found = self._votes(Pairs(self._records(), self._catalog.media_names))
        return [vote for vote in found if voter is None or vote.voter == voter]

    def _votes(self, pairs: Pairs) -> list[Vote]:
        return pairs.counted(self._journal.votes(self._catalog.media_names))

    def vote(self, voter: str = "") -> Any:
        """Vote in a notebook: blind, pair after pair, by keys.

        A, T and B answer the two questions of a pair; then the next one is shown. What gives a
        maker away is hidden as far as possible; takes of the preview are shown without their
        provider's name in the picture.

        >>> bake.vote()

        Args:
            voter: the name of who votes; empty for the user of this machine.

        Raises:
            InvalidParams: if that cannot be a name.
        """
        return display.view("vote", self, voter)

    def page(self, path: str | os.PathLike[str], *, limit: int = LARGEST_PAGE) -> Path:
        """Write a page for colleagues to vote on: one HTML file with all films, without a server.

        It gives them a file of votes, which `merge` counts. Nothing in it says who made a take.

        >>> bake.page("vote.html")

        Args:
            path: the page; an existing file is replaced.
            limit: most bytes of video.

        Returns:
            The absolute path of the page.

        Raises:
            InvalidParams: if there is no pair of finished takes, or the path is not one of a file.
            MediaError: if a take has no file, the films are larger than the limit, or the page
                cannot be written.
        """
        written: Path = display.view("booth", self, path, limit=limit)
        return written

    def merge(self, path: str | os.PathLike[str]) -> int:
        """Count the votes that a colleague sent back; the same file twice counts once.

        >>> from pathlib import Path
        >>> [bake.merge(file) for file in Path().glob("votes-*.json")]
        []

        Args:
            path: the file that the page saved.

        Returns:
            How many of its votes are new.

        Raises:
            InvalidParams: if it is not such a file, or one of its votes is not on two takes of
                this bake-off; nothing was counted.
            JournalError: when the journal cannot be written.
        """
        from rushes.explore.votefile import read_votes  # noqa: PLC0415 - few need it

        found = read_votes(path)
        pairs = Pairs(self._records(), self._catalog.media_names)
        votes = []
        for number, each in enumerate(found.votes):
            jobs = each.left, each.right
            if frozenset(jobs) not in pairs:
                msg = (
                    f"Vote {number + 1} of {on_one_line(str(path))} is on takes that are not a "
                    f"pair of this bake-off, {on_one_line(self.name)}; the file is for "
                    f"{shown(found.bakeoff)}. Nothing was merged."
                )
                raise InvalidParams(msg)
            votes.append(
                Vote(
                    each.question,
                    pairs.provider(each.left),
                    pairs.provider(each.right),
                    each.choice,
                    left_job=each.left,
                    right_job=each.right,
                    at=min(each.at, time.time()),
                    id=vote_id(found.voter, jobs, each.question),
                    voter=found.voter,
                )
            )
        known = {vote.id for vote in self._votes(pairs)}
        new: dict[str, Vote] = {}
        for vote in votes:
            if vote.id not in known:
                new.setdefault(vote.id, vote)
        for vote in new.values():
            self._journal.add_vote(vote)
        return len(new)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write all that is needed to check the results, as one HTML file.

        >>> bake.report("kling-or-seedance.html")

        Args:
            path: the page; an existing file is replaced.

        Returns:
            The absolute path of the page.

        Raises:
            InvalidParams: if the path is not one of a file.
            MediaError: if it cannot be written.
        """
        written: Path = display.view("report", self, path)
        return written

    def results(self) -> Results:
        """What the votes say so far, and what the takes cost and took."""
        records = self._records()
        pairs = Pairs(records, self._catalog.media_names)
        votes, titles = self._votes(pairs), self.titles
        voters = tuple(dict.fromkeys(vote.voter for vote in votes))
        found = list(scores_of(pairs, votes, titles))
        apart = {
            voter: tuple(
                score
                for _, scores, _ in scores_of(
                    pairs, [vote for vote in votes if vote.voter == voter], titles
                )
                for score in scores
            )
            for voter in (voters if len(voters) > 1 else ())
        }
        return Results(
            name=self.name,
            prompts=self._prompts(),
            votes=len(votes),
            voters=voters,
            scores=tuple(score for _, scores, _ in found for score in scores),
            apart=apart,
            contenders=tuple(self._contenders(records)),
            wins=wins_of(pairs, votes),
            agreement=tuple(agreement_of(votes)),
            notes=tuple(notes_of(found, titles, open_questions(pairs, votes))),
        )

    def _contenders(self, records: Iterable[JobRecord]) -> Iterator[Contender]:
        groups = defaultdict[str, list[JobRecord]](list)
        for record in records:
            groups[record.provider].append(record)
        asked_for = Counter(str(cell.params.get("provider")) for cell in self.sweep.cells)
        for provider, title in self.titles.items():
            mine = groups[provider]
            costs = [cost_of(record, self._catalog) for record in mine]
            finished = [
                (cost, _seconds(record))
                for record, cost in zip(mine, costs, strict=True)
                if record.state is JobState.COMPLETED
            ]
            failed = sum(record.state in ENDED_BADLY for record in mine)
            left = max(0, asked_for[provider] - len(finished) - failed)
            yield contender_of(provider, title, costs, finished, failed=failed, left=left)

    # --- what it looks like ----------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.sweep)

    def __repr__(self) -> str:
        facts = on_one_line(repr(self.sweep).removeprefix("<Sweep ").removesuffix(">"))
        return f"<BakeOff {facts}, {self._judged()}>"

    def __str__(self) -> str:
        return f"{self.sweep}\n{self._judged()}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        found = self.sweep._repr_mimebundle_()
        html = f"{found['text/html']}<p>{escape(visible(self._judged()))}</p>"
        return {"text/plain": str(self), "text/html": html}

    def _judged(self) -> str:
        pairs = Pairs(self._records(), self._catalog.media_names)
        votes = self._votes(pairs)
        many = "1 vote" if len(votes) == 1 else f"{len(votes):,} votes"
        return f"{many} on {len(pairs):,} pairs" if len(pairs) != 1 else f"{many} on 1 pair"


def vote_id(voter: str, jobs: Iterable[str], question: Question) -> str:
    """Names the vote of one voter on two takes, on whatever sides they were."""
    parts = repr((voter, sorted(jobs), question))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:24]


def _seconds(record: JobRecord) -> float | None:
    """Seconds from the request to the file."""
    try:
        timings = result_of(record).timings
    except RushesError:
        return None
    return timings.total if timings else None
