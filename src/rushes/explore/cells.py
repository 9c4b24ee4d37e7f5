"""Cells of a sweep: every combination of its axes as a plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from rushes.contract.errors import InvalidParams, NoBackend, Problem, RushesError
from rushes.explore.axes import combinations, label

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.explore.axes import Axis
    from rushes.explore.template import Template
    from rushes.plan import Plan

Unsupported = Literal["error", "leave out", "skip"]
"""What happens to a cell whose provider does not take a parameter of it."""

UNSUPPORTED: tuple[Unsupported, ...] = get_args(Unsupported)

MOST_PROBLEMS = 20
"""Problems that are listed one by one."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One take of a sweep, before it is made.

    Attributes:
        number: its place in the order in which takes are made, from 0.
        values: where it is on each axis, as short texts.
        plan: the request.
        template: the template of the prompt, if the prompt was made from one.
        draw: the seed of its alternatives.
    """

    number: int
    values: Mapping[str, str]
    plan: Plan
    template: str | None = None
    draw: int = 0

    @property
    def key(self) -> str:
        """What makes it one cell; cells with the same key ask for the same take.

        The service makes no difference, unless several were asked for.
        """
        at = self.values.get("backend")
        return self.plan.key if at is None else f"{self.plan.key}/{at}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a sweep asks for.

    Attributes:
        prompts: templates by their label.
        axes: what varies, without prompts and seeds.
        constant: parameters that stay the same.
        seeds: the seeds of each combination; empty leaves the seed to the service.
        unsupported: what happens where a provider does not take a parameter.
        where: leaves out the combinations for which it returns False.
        parameters: those that some provider takes.
        taken: those that one provider takes, by its id.
        rewrite: what becomes of several prompts.
    """

    prompts: Mapping[str, Template]
    axes: Sequence[Axis]
    constant: Mapping[str, Any]
    seeds: Sequence[int] = ()
    unsupported: Unsupported = "error"
    where: Callable[[Mapping[str, Any]], object] | None = None
    parameters: Collection[str] = frozenset()
    taken: Callable[[object], Collection[str]] = field(default=lambda _: frozenset())
    rewrite: Callable[[Iterable[str]], Mapping[str, str]] | None = None


def seeds_of(name: str, count: int) -> list[int]:
    """Seeds that are the same whenever a sweep of a name is made, and however its axes change."""
    digests = (hashlib.sha256(f"{name}/{number}".encode()).digest() for number in range(count))
    return [int.from_bytes(digest[:4], "big") >> 1 for digest in digests]


def cells_of(request: Request, planned: Callable[[dict[str, Any], str | None], Plan]) -> list[Cell]:
    """Every cell of a request, in the order in which they are made.

    One take of each combination comes before the second seed of any, and the cheapest first.

    Args:
        request: the request.
        planned: makes the plan of one request, as `VideoGen.plan` does.

    Raises:
        InvalidParams: names the problems of all cells, or why a prompt could not be rewritten;
            nothing was sent.
        NoBackend: if the requests are valid but no service for them is configured.
    """
    found: dict[str, tuple[int, Cell]] = {}
    problems = _Problems()
    wanted = []
    for values, prompt, turn in _wanted(request):
        template, draw = request.prompts[prompt], _draw(request, values, turn)
        try:
            original = template.filled({**request.constant, **values}, draw)
        except RushesError as error:
            problems.add(error, _place(request, values, prompt))
        else:
            wanted.append((values, prompt, turn, draw, original))
    rewritten: Mapping[str, str] = {}
    if request.rewrite is not None:
        rewritten = request.rewrite(original for *_, original in wanted if original.strip())
    for values, prompt, turn, draw, original in wanted:
        template, text = request.prompts[prompt], rewritten.get(original, original)
        try:
            asked = _fitted(request, _asked(request, values, turn, text))
            if asked is None:
                continue
            plan = planned(asked, values.get("backend")).rewritten_from(original or text)
        except RushesError as error:
            problems.add(error, _place(request, values, prompt))
            continue
        shown = {name: label(value) for name, value in values.items() if value is not None}
        if len(request.prompts) > 1:
            shown["prompt"] = prompt
        if request.seeds:
            shown["seed"] = str(request.seeds[turn])
        made_from = template.text if template.text != text else None
        cell = Cell(number=0, values=shown, plan=plan, template=made_from, draw=draw)
        # A variable that a prompt does not use makes the same request several times.
        found.setdefault(cell.key, (turn, cell))
    problems.check()
    ordered = sorted(found.values(), key=lambda pair: (pair[0], _price(pair[1].plan)))
    return [replace(cell, number=number) for number, (_, cell) in enumerate(ordered)]


def _wanted(request: Request) -> Iterable[tuple[dict[str, Any], str, int]]:
    """Values, the label of the prompt, and which seed."""
    for turn in range(max(1, len(request.seeds))):
        for prompt in request.prompts:
            for values in combinations(request.axes):
                if request.where is None or _keeps(request, values, prompt, turn):
                    yield values, prompt, turn


def _keeps(request: Request, values: Mapping[str, Any], prompt: str, turn: int) -> bool:
    assert request.where is not None  # noqa: S101 - for the type checker
    every = {**request.constant, "prompt": prompt, **values}
    if request.seeds:
        every["seed"] = request.seeds[turn]
    try:
        return bool(request.where(every))
    except Exception as error:
        reason = f"it failed for {_shown(every)}: {type(error).__name__}: {error}"
        raise InvalidParams.of([Problem("where", None, reason)]) from error


def _draw(request: Request, values: Mapping[str, Any], turn: int) -> int:
    seed = values.get("seed", request.constant.get("seed"))
    if request.seeds:
        return request.seeds[turn]
    return seed if isinstance(seed, int) else 0


def _asked(request: Request, values: Mapping[str, Any], turn: int, text: str) -> dict[str, Any]:
    """The parameters of one take.

    A variable of a prompt that is a parameter as well is both, e.g. the duration.
    """
    variables = {name for template in request.prompts.values() for name in template.names}
    asked = {
        name: value
        for name, value in {**request.constant, **values}.items()
        if name != "backend"
        and value is not None
        and (name in request.parameters or name not in variables)
    }
    if text:
        asked["prompt"] = text
    if request.seeds:
        asked["seed"] = request.seeds[turn]
    return asked


def _fitted(request: Request, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters that the provider takes; None if the take is left out."""
    taken = request.taken(asked.get("provider"))
    strange = {name for name in asked if name in request.parameters and name not in taken}
    if not strange or request.unsupported == "error":
        return asked
    if request.unsupported == "skip":
        return None
    return {name: value for name, value in asked.items() if name not in strange}


def _price(plan: Plan) -> float:
    return plan.cost.high if plan.cost.high is not None else float("inf")


def _place(request: Request, values: Mapping[str, Any], prompt: str) -> str:
    shown = dict(values)
    if len(request.prompts) > 1:
        shown["prompt"] = prompt
    return _shown(shown)


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {label(value)}" for name, value in values.items()) or "the take"


class _Problems:
    """The problems of many cells; one that many share is named once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[Problem, list[str]]] = {}
        self._missing: NoBackend | None = None

    def add(self, error: RushesError, place: str) -> None:
        if isinstance(error, InvalidParams) and error.problems:
            for problem in error.problems:
                key = (problem.parameter, problem.message)
                self._found.setdefault(key, (problem, []))[1].append(place)
        elif isinstance(error, NoBackend):
            self._missing = error
        else:
            raise error

    def check(self) -> None:
        """Raise what was found.

        Raises:
            InvalidParams: names every problem, with the cells that have it.
            NoBackend: if that is all.
        """
        if not self._found:
            if self._missing is not None:
                raise self._missing
            return
        problems = [
            replace(problem, message=f"{problem.message} {_where(places)}")
            for problem, places in self._found.values()
        ]
        if self._missing is not None:
            problems.append(Problem("backend", None, self._missing.message))
        raise InvalidParams.of(problems[:MOST_PROBLEMS])


def _where(places: Sequence[str]) -> str:
    """Which cells have a problem."""
    if len(places) == 1:
        return f"(In 1 take: {places[0]}.)"
    return f"(In {len(places)} takes, first: {places[0]}.)"
