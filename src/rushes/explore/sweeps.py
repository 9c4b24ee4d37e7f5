"""The part of a client that makes sweeps."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.catalog.kinds import COMMON, LIST_KINDS
from rushes.contract.errors import InvalidParams, JobNotFound, Problem
from rushes.contract.params import plain
from rushes.contract.wording import listed, meant, shortened
from rushes.explore.axes import Axis, check_size, is_several, read_axes, values_of
from rushes.explore.bakeoff import BakeOff
from rushes.explore.cells import UNSUPPORTED, Cell, Request, Unsupported, cells_of, seeds_of
from rushes.explore.copies import copies
from rushes.explore.prompts import Prompt
from rushes.explore.rewriting import Rewriter, Rewrites
from rushes.explore.sweep import Sweep
from rushes.explore.template import Template
from rushes.explore.words import WordLists
from rushes.journal import CellRecord, SweepRecord
from rushes.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rushes.explore.rewriting import Rewrite
    from rushes.plan import Planner

LONGEST_NAME = 100
"""Characters of a sweep's name."""

MOST_SWEEPS = 1000
"""Sweeps that are listed."""


class Sweeps(Part):
    """The part of a client that makes sweeps."""

    _planner: Planner
    progress: bool | None

    def sweep(
        self,
        prompts: str | Iterable[str] | Mapping[str, str],
        /,
        *axes: Axis,
        seeds: int | Iterable[int] | None = None,
        where: Callable[[Mapping[str, Any]], object] | None = None,
        unsupported: Unsupported = "error",
        name: str | None = None,
        cap: float | None = None,
        again: bool = False,
        backend: str | Iterable[str] | None = None,
        rewrite: Rewrite | None = None,
        **values: Any,
    ) -> Sweep:
        """Plan a take of every combination of some values; nothing is sent before `Sweep.run`.

        >>> sweep = gen.sweep(
        ...     "A {animal} crosses a salt flat, {light}",
        ...     animal=["fox", "heron"],
        ...     light=["at dawn", "under neon"],
        ...     provider="kling-3.0-standard",
        ...     name="salt flat",
        ... )
        >>> len(sweep)
        4

        With a name alone, it is the sweep of that name as it was run.

        Args:
            prompts: a template, several, or several by a name for each. ``{name}`` is a variable,
                ``{a|b}`` are alternatives, ``__file__`` is an entry of a word list.
            axes: what changes together, from `rushes.together`.
            seeds: so many seeds for every combination, or the seeds themselves.
            where: leaves out the combinations for which it returns a false value; it gets the
                values of one by name.
            unsupported: what happens where a provider does not take a parameter: ``"error"``,
                ``"leave out"`` the parameter, or ``"skip"`` the take.
            name: of the sweep; the beginning of the prompt if not given.
            cap: US dollars that the takes may cost together.
            again: whether takes are made again that exist in the library.
            backend: the service, if not the client's; several are an axis.
            rewrite: a function that makes another prompt of every prompt, the name of an installed
                one, or a mapping of prompts to others. Each prompt is rewritten once;
                `Sweep.rewritten` has what became of it.
            values: parameters and variables; a list is an axis. A parameter whose value is a list
                needs `rushes.axis` for that.

        Raises:
            InvalidParams: names every problem of every take; nothing was sent.
            NoBackend: if no service for the takes is configured; nothing was sent.
            JobNotFound: if there is no sweep of the name.
        """
        self._must_be_open()
        if isinstance(prompts, str) and not (axes or values or seeds or name or where):
            return self._opened(prompts)
        templates = self._templates(prompts)
        lists = {
            parameter
            for spec in self.catalog.providers.values()
            for parameter, each in spec.parameters.items()
            if each.kind in LIST_KINDS
        }
        if is_several(backend):
            values["backend"] = backend
        service = backend if isinstance(backend, str) else None
        found, constant = read_axes(values, axes, lists)
        called = _name(name, templates)
        turns = _seeds(seeds, called)
        _check(unsupported, cap, where)
        sizes = {", ".join(each.names): len(each) for each in found}
        check_size(sizes | {"prompts": len(templates), "seeds": len(turns) or 1})
        parameters = {*COMMON, *(n for s in self.catalog.providers.values() for n in s.parameters)}
        request = Request(
            prompts=templates,
            axes=found,
            constant=constant,
            seeds=turns,
            unsupported=unsupported,
            where=where,
            parameters=parameters,
            taken=self._taken,
            rewrite=None if rewrite is None else self._rewriting(rewrite),
        )
        cells = cells_of(request, lambda asked, at: self._planner.plan(asked, {}, at or service))
        if not cells:
            reason = "no take is left; `where` or unsupported parameters leave all of them out."
            raise InvalidParams.of([Problem("where", None, reason)])
        _check_cap(cap, cells)
        record = SweepRecord(
            folder=str(self.library),
            name=called,
            created_at=time.time(),
            spec=_spec(request, again=again),
            cap=cap,
        )
        made = {} if again else self._made(cells)
        recorded = [_recorded(cell) for cell in cells]
        return Sweep(
            self._engine,
            record,
            recorded,
            made,
            self.job_of,
            progress=self.progress,
            rewritten={
                cell.plan.original: cell.plan.params.prompt or ""
                for cell in cells
                if cell.plan.original is not None
            },
        )

    def bakeoff(
        self,
        prompts: str | Iterable[str] | Mapping[str, str],
        /,
        *axes: Axis,
        providers: Iterable[str] | None = None,
        seeds: int | Iterable[int] | None = None,
        unsupported: Unsupported = "error",
        name: str | None = None,
        cap: float | None = None,
        again: bool = False,
        backend: str | None = None,
        **values: Any,
    ) -> BakeOff:
        """Plan takes of several providers for the same prompts, to find out which are better.

        Nothing is sent before `BakeOff.run`. With a name alone, it is the bake-off of that name;
        any sweep over two providers or more is one.

        >>> bake = gen.bakeoff(
        ...     ["A red fox in the snow", "A paper boat in the rain"],
        ...     providers=["kling-3.0-standard", "seedance-2.0"],
        ...     seeds=2,
        ...     name="animals",
        ... )
        >>> len(bake)
        8

        Args:
            prompts: as for `sweep`; from six on, the intervals of the results hold.
            axes: as for `sweep`, of variables of the prompts.
            providers: two or more.
            seeds: as for `sweep`: so many takes of every prompt by each provider.
            unsupported: as for `sweep`.
            name: of the bake-off and its sweep.
            cap: US dollars that the takes may cost together.
            again: whether takes are made again that exist in the library.
            backend: the service, if not the client's.
            values: parameters of all takes, and variables of the prompts.

        Raises:
            InvalidParams: names every problem of every take, or what the takes differ in besides
                provider, prompt, inputs and seed; nothing was sent.
            NoBackend: if no service for the takes is configured; nothing was sent.
            JobNotFound: if there is no sweep of the name.
        """
        settings: dict[str, Any] = {"seeds": seeds, "name": name, "cap": cap, "again": again}
        if providers is not None:
            values["provider"] = values_of("providers", providers)
        elif axes or values or any(settings.values()) or not isinstance(prompts, str):
            reason = "give two or more, e.g. ['kling-3.0-standard', 'seedance-2.0']."
            raise InvalidParams.of([Problem("providers", None, reason)])
        sweep = self.sweep(
            prompts, *axes, unsupported=unsupported, backend=backend, **settings, **values
        )
        return BakeOff(sweep, self._engine.journal, self.catalog, self.job_of)

    def sweeps(self, *, limit: int = MOST_SWEEPS) -> list[Sweep]:
        """The sweeps of this library that were run, newest first.

        Args:
            limit: how many at most.
        """
        self._must_be_open()
        found = self._engine.journal.sweeps(folder=str(self.library), limit=limit)
        return [self._view(record) for record in found]

    def _rewriting(self, rewrite: Rewrite) -> Callable[[Iterable[str]], dict[str, str]]:
        """Rewrites each prompt once."""
        rewrites = Rewrites(self._engine.journal, str(self.library))
        return partial(rewrites.texts_of, rewriter=Rewriter(rewrite))

    def _made(self, cells: list[Cell]) -> dict[str, str]:
        """The jobs of this library that cells would repeat, by the key of the cell."""
        self._planner.identify(self.library)
        keys = list({cell.plan.key for cell in cells})
        journal = self._engine.journal
        found = journal.made(str(self.library), keys)
        missing = set(keys) - {key for key, _ in found}
        found |= copies(journal, self.library, missing)
        anywhere = {key: job_id for (key, _), job_id in found.items()}
        made = {
            cell.key: found.get((cell.plan.key, cell.plan.backend))
            if "backend" in cell.values
            else anywhere.get(cell.plan.key)
            for cell in cells
        }
        return {key: job_id for key, job_id in made.items() if job_id is not None}

    def _opened(self, name: str) -> Sweep:
        record = self._engine.journal.sweep(str(self.library), name)
        if record is None:
            known = [sweep.name for sweep in self.sweeps()]
            there = f" Available: {listed(known)}.{meant(name, known)}" if known else ""
            msg = (
                f"No sweep {shortened(name)!r} was run in {self.library}. To make one, give what "
                f'its takes need, e.g. provider="seedance-2.0".{there}'
            )
            raise JobNotFound(msg)
        return self._view(record)

    def _view(self, record: SweepRecord) -> Sweep:
        return Sweep(self._engine, record, None, {}, self.job_of, progress=self.progress)

    def _templates(self, prompts: object) -> dict[str, Template]:
        lists = WordLists(self._engine.folders.words)
        if isinstance(prompts, Mapping):
            named = {str(label): text for label, text in prompts.items()}
        elif isinstance(prompts, str) or not is_several(prompts):
            named = {"prompt": prompts}
        else:
            named = _labelled(values_of("prompts", prompts, read=lambda text: text))
        if not named:
            raise InvalidParams.of([Problem("prompts", (), "give at least one prompt.")])
        return {label: Template(text, lists) for label, text in named.items()}

    def _taken(self, provider: object) -> set[str]:
        spec = self.catalog.providers.get(provider) if isinstance(provider, str) else None
        return {*COMMON, *(spec.parameters if spec else ())}


def _recorded(cell: Cell) -> CellRecord:
    plan = cell.plan
    return CellRecord(
        key=cell.key,
        content_key=plan.key,
        number=cell.number,
        values=dict(cell.values),
        params=plan.params.to_json(),
        backend=plan.backend,
        estimate=plan.cost.high,
        least=plan.cost.low,
        typical_time=plan.typical_time,
        notes=plan.remarks,
        template=cell.template,
        draw=cell.draw,
    )


def _spec(request: Request, *, again: bool) -> dict[str, Any]:
    """What was asked for, to be shown."""
    return {
        "prompts": {label: template.text for label, template in request.prompts.items()},
        "axes": [list(each.names) for each in request.axes],
        "seeds": list(request.seeds),
        "again": again,
    }


def _name(name: object, templates: Mapping[str, Template]) -> str:
    if name is None:
        first = next(iter(templates.values())).text
        more = f" and {len(templates) - 1} more" if len(templates) > 1 else ""
        return shortened(" ".join(first.split()), LONGEST_NAME - len(more)) + more
    if isinstance(name, str) and name.strip() and len(name) <= LONGEST_NAME:
        return name
    reason = f"give a text of 1 to {LONGEST_NAME} characters."
    raise InvalidParams.of([Problem("name", name, reason)])


def _labelled(texts: Iterable[Any]) -> dict[str, Any]:
    """Prompts by a short label each, or by all of their words where those begin alike."""
    pairs = [(_words(text), text) for text in texts]
    begins = Counter(shortened(words) for words in {words for words, _ in pairs})
    return {
        shortened(words) if begins[shortened(words)] == 1 else words: text for words, text in pairs
    }


def _words(text: Any) -> str:
    if isinstance(text, Prompt):
        return f"{text.name} {text.version}"
    return " ".join(str(text).split())


def _seeds(given: object, name: str) -> list[int]:
    if given is None:
        return []
    number = plain(given)
    if isinstance(number, int) and not isinstance(number, bool) and number >= 1:
        check_size({"seeds": number})
        return seeds_of(name, number)
    found = values_of("seeds", given) if is_several(given) else ()
    if found and all(isinstance(seed, int) and not isinstance(seed, bool) for seed in found):
        return list(dict.fromkeys(found))
    reason = "give how many, 1 or more, or a list of whole numbers."
    raise InvalidParams.of([Problem("seeds", given, reason)])


def _check(unsupported: object, cap: object, where: object) -> None:
    problems = []
    if unsupported not in UNSUPPORTED:
        words = listed(map(repr, UNSUPPORTED))
        problems.append(Problem("unsupported", unsupported, f"allowed are {words}."))
    number = plain(cap)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not (cap is None or (is_number and 0 <= number < math.inf)):
        problems.append(Problem("cap", cap, "give US dollars, 0 or more."))
    if where is not None and not callable(where):
        problems.append(Problem("where", where, "give a function of the values of one take."))
    if problems:
        raise InvalidParams.of(problems)


def _check_cap(cap: float | None, cells: list[Cell]) -> None:
    first = cells[0].plan.cost.high
    if cap is not None and first is not None and first > cap:
        reason = f"the cheapest take costs about ${first:.2f}, which is more than ${cap:.2f}."
        raise InvalidParams.of([Problem("cap", cap, reason)])
