"""What a bake-off has found: strengths, wins, money and time, and how sure all that is."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING, Any

from rushes.contract import display
from rushes.contract.results import Cost
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import on_one_line, shortened
from rushes.explore.interval import wilson
from rushes.explore.pairs import SHARES
from rushes.explore.ranking import FEWEST_PROMPTS
from rushes.explore.scatter import Panel, Point, svg
from rushes.journal.vote import QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rushes.explore.pairs import Pairs
    from rushes.explore.ranking import Ranking
    from rushes.journal import Vote

TITLES: dict[Question, str] = {"prompt": "Follows the prompt", "looks": "Looks better"}

BETTER: dict[Question, str] = {"prompt": "follows the prompt better", "looks": "looks better"}

EARLY = (
    "Not every pair has been judged: stopping because the results look decided calls one of two "
    "equal providers better in 15 to 29 of 100 bake-offs instead of in 5, so decide "
    "beforehand how many votes to cast."
)
"""Said when a voter may have stopped for what the results said; docs/explanation/votes.md has
the measurement."""

LONGEST_PROMPT = 60
"""Characters of a prompt in a table."""

YOU = "you"
"""What a voter without a name is called."""


@dataclass(frozen=True)
class Score:
    """How good one provider is in one question.

    >>> bake.results().scores[0].low <= bake.results().scores[0].high
    True

    Attributes:
        provider: the provider.
        title: its name for people.
        question: ``"prompt"`` (follows the prompt) or ``"looks"`` (looks better).
        strength: on a logarithmic scale whose mean is 0: of two that differ by 1, the stronger one
            is expected to win 73 % of the votes on a prompt like these; by 2, 88 %.
        low: the lower end of its 95 % interval.
        high: the upper end.
        votes: on how many votes it rests.
        rate: the share of these that it won, 0 to 1; a tie counts half.
        rate_low: the lower end of that rate's 95 % interval (Wilson), if all votes were on prompts
            of their own.
        rate_high: the upper end.
    """

    provider: str
    title: str
    question: Question
    strength: float
    low: float
    high: float
    votes: int
    rate: float
    rate_low: float
    rate_high: float


@dataclass(frozen=True)
class Contender:
    """What the takes of one provider cost and took.

    >>> [contender.failed for contender in bake.results().contenders]
    [0, 0]

    Attributes:
        provider: the provider.
        title: its name for people.
        done: finished takes.
        failed: failed or cancelled ones.
        left: those that are under way, uncertain or not started.
        cost: what all of them cost, billed or else estimated.
        take_cost: US dollars that a finished take costs on average; None if not known.
        seconds: median time from the request to the file; None without a finished take.
    """

    provider: str
    title: str
    done: int
    failed: int
    left: int
    cost: Cost
    take_cost: float | None
    seconds: float | None


@dataclass(frozen=True)
class Agreement:
    """How often voters judged the same pair of takes alike.

    Attributes:
        question: the question.
        compared: how often two voters judged one pair.
        same: how often they judged it alike.
        chance: the share that would be alike by chance, with as many ties.
    """

    question: Question
    compared: int
    same: int
    chance: float

    def __str__(self) -> str:
        low, high = wilson(self.same / self.compared, self.compared)
        return (
            f"{TITLES[self.question]}: voters agree on {self.same} of {self.compared} common "
            f"votes ({self.same / self.compared:.0%}, 95 % interval {low:.0%} to {high:.0%}; "
            f"chance alone would give {self.chance:.0%})."
        )


@dataclass(frozen=True, repr=False)
class Results(Printed):
    """What a bake-off has found so far.

    >>> results = bake.results()
    >>> print(results)

    Attributes:
        name: of the bake-off.
        prompts: the texts of its prompts, by the key that `Vote.prompt` has.
        votes: how many are counted.
        voters: their names; empty is the user of this machine.
        scores: question by question, the strongest provider first; of all voters together.
        apart: the same for each voter, if there are several.
        contenders: cost, time and failures of each provider.
        wins: by question and prompt, what each provider won there, and of how many votes.
        agreement: of several voters.
        notes: what is decided, and what it would take to decide the rest.
    """

    name: str
    prompts: Mapping[str, str]
    votes: int
    voters: tuple[str, ...]
    scores: tuple[Score, ...]
    apart: Mapping[str, tuple[Score, ...]]
    contenders: tuple[Contender, ...]
    wins: Mapping[tuple[Question, str], Mapping[str, tuple[float, int]]]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...]

    def records(self) -> list[dict[str, Any]]:
        """A flat row for each provider and question, e.g. for pandas.

        >>> rows = bake.results().records()
        >>> sorted(rows[0])[:3]
        ['cost', 'cost_is_estimated', 'done']
        """
        known = {each.provider: each for each in self.contenders}
        rows = []
        for score in self.scores:
            money = known[score.provider]
            more = {**asdict(money), "cost": None if money.cost.unknown else money.cost.amount}
            more["cost_is_estimated"] = money.cost.estimated
            rows.append({**more, **asdict(score)})
        return rows

    # --- what it looks like ----------------------------------------------------------------------

    def sheet(self) -> Sheet:
        """The strengths."""
        many = "1 vote" if self.votes == 1 else f"{self.votes:,} votes"
        judged = len({prompt for _, prompt in self.wins})
        title = f"{on_one_line(self.name)}: {many} on {judged} of {len(self.prompts)} prompts"
        rows = [
            (
                score.title,
                TITLES[score.question],
                _signed(score.strength),
                f"{_signed(score.low)} to {_signed(score.high)}",
                f"{score.rate:.0%}" if score.votes else "",
                f"{score.votes}",
            )
            for score in self.scores
        ]
        heads = ("provider", "question", "strength", "95 % interval", "won", "votes")
        return Sheet(
            title=title, heads=heads, rows=rows, notes=self.notes, right=(2, 4, 5), whole=True
        )

    def money(self) -> Sheet:
        """What the takes cost and took."""
        rows = [
            (
                each.title,
                f"{each.done}",
                f"{each.failed}",
                f"{each.left}",
                str(each.cost) if each.cost.amount or each.cost.unknown else "free",
                "" if each.take_cost is None else f"${each.take_cost:,.2f}",
                "" if each.seconds is None else f"{each.seconds:,.0f} s",
            )
            for each in self.contenders
        ]
        heads = ("provider", "takes", "failed", "left", "cost", "a take", "time")
        return Sheet(heads=heads, rows=rows, right=(1, 2, 3, 5, 6), whole=True)

    def by_prompt(self) -> Sheet:
        """Wins on each prompt; a tie counts half."""
        names = [each.provider for each in self.contenders]
        rows = [
            (
                *(_won(found.get(name)) for name in names),
                TITLES[question],
                shortened(self.prompts.get(prompt, ""), LONGEST_PROMPT),
            )
            for (question, prompt), found in sorted(
                self.wins.items(),
                key=lambda item: (
                    QUESTIONS.index(item[0][0]),
                    [*self.prompts].index(item[0][1]) if item[0][1] in self.prompts else -1,
                ),
            )
        ]
        heads = (*(each.title for each in self.contenders), "question", "prompt")
        return Sheet(title="Votes won on each prompt", heads=heads, rows=rows)

    def by_voter(self) -> Sheet:
        """The order in which each voter puts the providers."""
        rows = []
        for voter, scores in self.apart.items():
            for question in QUESTIONS:
                mine = [score for score in scores if score.question == question and score.votes]
                order = ", ".join(f"{score.title} {_signed(score.strength)}" for score in mine)
                if mine:
                    cast = sum(score.votes for score in mine) // 2
                    rows.append((voter or YOU, TITLES[question], f"{cast}", order))
        notes = tuple(map(str, self.agreement))
        if len(self.apart) > 1 and not notes:
            notes = ("No pair of takes was judged by two voters, so their agreement is not known.",)
        heads = ("voter", "question", "votes", "order")
        title = "Each voter apart"
        return Sheet(title=title, heads=heads, rows=rows, notes=notes, right=(2,), whole=True)

    def sheets(self) -> Iterator[Sheet]:
        """All tables, in the order in which they are shown."""
        yield self.sheet()
        if self.apart:
            yield self.by_voter()
        if self.wins:
            yield self.by_prompt()
        yield self.money()

    def pictures(self) -> str:
        """Quality against cost as SVG, a picture for each question with votes.

        It is quality against time where nothing costs anything.
        """
        known = {each.provider: each for each in self.contenders}
        costs = {name: each.take_cost for name, each in known.items()}
        times = {name: each.seconds for name, each in known.items()}
        is_money = any(costs.values())
        across = costs if is_money else times
        panels = []
        for question in QUESTIONS:
            points = [
                Point(score.title, float(x), score.strength, score.low, score.high)
                for score in self.scores
                if score.question == question
                and score.votes
                and (x := across.get(score.provider)) is not None
            ]
            if points:
                words, unit = ("US dollars a take", "$") if is_money else ("seconds a take", "")
                panels.append(Panel(TITLES[question], points, words, unit))
        return svg(panels, "Strength with its 95 % interval") if panels else ""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.sheets()))

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        tables = [display.bundle(sheet) for sheet in self.sheets()]
        parts = [table.get("text/html", "") for table in tables]
        plots = f'<div style="display:flex;flex-wrap:wrap;gap:8px 24px">{self.pictures()}</div>'
        html = '<div style="height:14px"></div>'.join([parts[0], plots, *parts[1:]])
        return {"text/plain": str(self), "text/html": html}


def scores_of(
    pairs: Pairs,
    votes: Sequence[Vote],
    titles: Mapping[str, str],
) -> Iterator[tuple[Ranking, list[Score], Question]]:
    """Question by question the ranking and the score of each provider, the best first.

    Args:
        pairs: what was voted on.
        votes: those that count.
        titles: what the providers are called, by id.
    """
    for question in QUESTIONS:
        won: dict[str, float] = defaultdict(float)
        for vote in votes:
            if vote.question == question:
                won[vote.left] += SHARES[vote.choice]
                won[vote.right] += 1 - SHARES[vote.choice]
        ranking = pairs.ranking(votes, question, titles)
        scores = []
        for rank in ranking.ranks:
            rate = won[rank.name] / rank.votes if rank.votes else 0.0
            low, high = wilson(rate, rank.votes)
            scores.append(
                Score(
                    rank.name,
                    titles[rank.name],
                    question,
                    rank.strength,
                    rank.low,
                    rank.high,
                    rank.votes,
                    rate,
                    low,
                    high,
                )
            )
        yield ranking, scores, question


def wins_of(
    pairs: Pairs, votes: Iterable[Vote]
) -> dict[tuple[Question, str], dict[str, tuple[float, int]]]:
    """What each provider won on each prompt, and of how many votes, by question and prompt."""
    found: dict[tuple[Question, str], dict[str, tuple[float, int]]] = {}
    for vote in votes:
        here = found.setdefault((vote.question, pairs.asked[str(vote.left_job)]), {})
        share = SHARES[vote.choice]
        for name, won in ((vote.left, share), (vote.right, 1 - share)):
            before, count = here.get(name, (0.0, 0))
            here[name] = before + won, count + 1
    return found


def agreement_of(votes: Iterable[Vote]) -> Iterator[Agreement]:
    """How often voters judged one pair of takes alike, question by question."""
    judged: dict[tuple[Question, frozenset[str]], dict[str, str]] = defaultdict(dict)
    for vote in votes:
        both = frozenset((str(vote.left_job), str(vote.right_job)))
        # By the provider, since every voter sees the sides in an order of their own.
        names = {"left": vote.left, "right": vote.right, "tie": "tie"}
        judged[vote.question, both][vote.voter] = names[vote.choice]
    for question in QUESTIONS:
        common = [
            [*choices.values()]
            for (about, _), choices in judged.items()
            if about == question and len(choices) > 1
        ]
        met = [two for choices in common for two in combinations(choices, 2)]
        if met:
            same = sum(one == other for one, other in met)
            yield Agreement(question, len(met), same, _chance(common))


def _chance(common: Sequence[Sequence[str]]) -> float:
    """How often two votes would be alike that are ties as often as these and else random."""
    choices = [choice for each in common for choice in each]
    tie = choices.count("tie") / len(choices)
    return float(tie**2 + (1 - tie) ** 2 / 2)


def open_questions(pairs: Pairs, votes: Iterable[Vote]) -> frozenset[Question]:
    """The questions in which a voter has not judged every pair.

    Args:
        pairs: what can be voted on.
        votes: those that count.
    """
    voters: set[str] = set()
    judged = defaultdict[Question, set[tuple[str, frozenset[str]]]](set)
    for vote in votes:
        voters.add(vote.voter)
        both = frozenset((str(vote.left_job), str(vote.right_job)))
        judged[vote.question].add((vote.voter, both))
    whole = len(voters) * len(pairs)
    return frozenset(question for question in QUESTIONS if len(judged[question]) < whole)


def notes_of(
    rankings: Iterable[tuple[Ranking, list[Score], Question]],
    titles: Mapping[str, str],
    still_open: Collection[Question],
) -> Iterator[str]:
    """What is decided between neighbours, and what it would take to decide the rest.

    Args:
        rankings: of each question, from `scores_of`.
        titles: what the providers are called, by id.
        still_open: the questions in which pairs are left to vote on, from `open_questions`.
    """
    short = 0
    is_early = False
    for ranking, _, question in rankings:
        if not ranking.prompts:
            yield f"{TITLES[question]}: no votes yet."
            continue
        if not ranking.has_enough_prompts:
            short = max(short, len(ranking.prompts))
        for better, worse in ranking.neighbours():
            yield f"{TITLES[question]}: {_between(ranking, better, worse, question, titles)}"
            is_early |= question in still_open and ranking.are_separate(better, worse)
    if is_early:
        yield EARLY
    if short:
        many = "1 prompt" if short == 1 else f"{short} prompts"
        yield (
            f"There are votes on only {many}, which is too few: the intervals are reliable from "
            f"{FEWEST_PROMPTS} prompts on."
        )


def _between(
    ranking: Ranking, better: str, worse: str, question: Question, titles: Mapping[str, str]
) -> str:
    """What the votes say about two neighbours."""
    one, other = titles[better], titles[worse]
    if ranking.are_separate(better, worse):
        return f"{one} {BETTER[question]} than {other}."
    if more := ranking.votes_to_separate(better, worse):
        votes = "1 more vote" if more == 1 else f"{more} more votes"
        return f"about {votes} on {one} and {other} would probably tell them apart."
    if more := ranking.prompts_to_separate(better, worse):
        prompts = "1 more prompt" if more == 1 else f"{more} more prompts"
        return (
            f"more votes on these prompts would hardly tell {one} and {other} apart; about "
            f"{prompts} would."
        )
    return f"{one} and {other} will hardly be told apart."


def contender_of(
    provider: str,
    title: str,
    costs: Sequence[Cost],
    finished: Sequence[tuple[Cost, float | None]],
    *,
    failed: int,
    left: int,
) -> Contender:
    """What the takes of one provider cost and took.

    Args:
        provider: the provider.
        title: its name for people.
        costs: of all of its takes.
        finished: cost and seconds of those that are finished.
        failed: how many failed.
        left: how many have not ended.
    """
    known = [cost.dollars for cost, _ in finished if cost.dollars is not None]
    times = [seconds for _, seconds in finished if seconds is not None]
    return Contender(
        provider,
        title,
        len(finished),
        failed,
        left,
        _added(costs),
        math.fsum(known) / len(known) if known else None,
        median(times) if times else None,
    )


def _added(costs: Sequence[Cost]) -> Cost:
    """A sum in US dollars; what is in another currency counts as not known."""
    known = [cost if cost.dollars is not None else Cost.not_known() for cost in costs]
    return sum(known, start=Cost(amount=0.0))


def _signed(strength: float) -> str:
    """A strength with its sign; one that is 0 has none."""
    text = f"{strength:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _won(found: tuple[float, int] | None) -> str:
    return "" if found is None else f"{found[0]:g} of {found[1]}"
