"""What a Studio does with many takes at once, and with the words of prompts."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from inspect import signature
from itertools import islice
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, Problem, RushesError
from rushes.contract.spelling import to_snake
from rushes.contract.wording import on_one_line, shortened
from rushes.explore.axes import Axis, axis
from rushes.explore.sweep import to_retry
from rushes.explore.sweeps import Sweeps
from rushes.journal import JobState, SweepState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.client import VideoGen
    from rushes.explore.sweep import Sweep
    from rushes.widgets import messages
    from rushes.widgets.studio.budget import Budget

OWN = frozenset(signature(Sweeps.sweep).parameters)
"""What `gen.sweep` takes besides parameters and variables."""

LONGEST_NAME = 80
"""Characters of a sweep's name that come from its prompt."""

FAILED = (JobState.FAILED,)
"""What the button makes again; who cancelled a take mostly does not want it."""

RECENT = 86_400.0
"""Seconds for which a sweep that was stopped is shown."""

MOST_SHOWN = 5
"""Sweeps that are shown."""

LATEST = 10
"""Sweeps among which those are looked for."""

MOST_READ = 500
"""Jobs in which earlier prompts are looked for."""

MOST_RECALLED = 50
"""Earlier prompts that are offered."""


def planned(gen: VideoGen, ask: messages.sweep.SweepAsk, budget: Budget) -> Sweep:
    """The sweep that a form describes.

    Args:
        gen: plans it.
        ask: what the form holds.
        budget: what the library's Studios may spend.

    Raises:
        InvalidParams: names every problem of every take.
        NoBackend: if no service for the takes is configured.
    """
    requests = [_given(each, ask) for each in ask.requests]
    names = dict.fromkeys(name for each in requests for name in each)
    columns = {name: [each.get(name) for each in requests] for name in names}
    same = {
        name: found[0] for name, found in columns.items() if found.count(found[0]) == len(found)
    }
    apart = [name for name in columns if name not in same]
    # Providers have values of their own where those of the common form cannot hold for all.
    together = Axis(tuple(apart), tuple(tuple(each.get(n) for n in apart) for each in requests))
    seed = same.pop("seed", None)
    seeds: Any = None
    if ask.count > 1:
        seeds = [seed + place for place in range(ask.count)] if isinstance(seed, int) else ask.count
    elif seed is not None:
        same["seed"] = seed
    values: dict[str, Any] = {
        **same,
        **{_parameter(name, ask): axis(found) for name, found in ask.axes.items() if found},
    }
    if taken := values.keys() & OWN:
        reason = "has a meaning of its own in sweeps; give the variable another name."
        raise InvalidParams.of([Problem(name, None, reason) for name in sorted(taken)])
    return gen.sweep(
        ask.prompts,
        *([together] if apart else []),
        seeds=seeds,
        unsupported="leave out",
        name=_name(ask),
        **values,
    ).on_budget(budget.limit)


def _given(request: Mapping[str, Any], ask: messages.sweep.SweepAsk) -> dict[str, Any]:
    """The values of a request that do not vary."""
    varied = {_parameter(name, ask) for name, values in ask.axes.items() if values}
    found = {to_snake(name): value for name, value in request.items()}
    return {name: found[name] for name in found if name not in varied | {"prompt"}}


def _parameter(name: str, ask: messages.sweep.SweepAsk) -> str:
    """What varies: a variable of the prompts, or a parameter in the contract's spelling."""
    return name if any(f"{{{name}}}" in prompt for prompt in ask.prompts) else to_snake(name)


def plan_of(sweep: Sweep) -> messages.sweep.SweepPlan:
    """What the page shows of a sweep before it is run."""
    cost = sweep.cost
    made = len(sweep) - cost.quantity
    return {
        "takes": len(sweep),
        "made": made,
        "low": cost.low,
        "high": cost.high,
        "seconds": sweep.progress.time_left,
    }


def under_way(gen: VideoGen) -> Iterator[messages.sweep.SweepState]:
    """The sweeps of a library that are not over, or wait for the user, newest first."""
    shown = 0
    for sweep in gen.sweeps(limit=LATEST):
        if shown == MOST_SHOWN:
            return
        found = sweep.progress
        is_left = found.waiting and time.time() - sweep.created_at.timestamp() < RECENT
        if found.state is None or (found.is_over and not is_left):
            continue
        if found.state is SweepState.CANCELLED and not found.under_way:
            continue
        shown += 1
        yield {
            "name": sweep.name,
            "state": found.state.value,
            "words": on_one_line(" · ".join(sweep.facts())),
            "fraction": found.fraction,
            "waiting": found.waiting,
            "failed": len(to_retry(sweep.records.values(), FAILED)) if found.failed else 0,
        }


def steer(gen: VideoGen, name: str, action: messages.sweep.Steering) -> None:
    """Run, pause, resume or cancel a sweep, or make its failed takes again."""
    sweep = gen.sweep(name)
    match action:
        case "run":
            sweep.run()
        case "pause":
            sweep.pause()
        case "resume":
            sweep.resume()
        case "cancel":
            sweep.cancel()
        case "retry":
            sweep.retry(*FAILED)


def recalled(gen: VideoGen, text: str) -> list[messages.studio.EarlierPrompt]:
    """Earlier prompts that contain a text, those with a name first, then the latest."""
    return list(islice(_recalled(gen, text), MOST_RECALLED))


def _recalled(gen: VideoGen, text: str) -> Iterator[messages.studio.EarlierPrompt]:
    seen = set[str]()
    words = text.casefold().strip()
    for prompt in gen.prompts():
        if words in prompt.casefold() or words in prompt.name.casefold():
            seen.add(str(prompt))
            yield {"text": str(prompt), "name": f"{prompt.name} {prompt.version}"}
    for prompt_of_take in _prompts(gen, text):
        if prompt_of_take not in seen:
            seen.add(prompt_of_take)
            yield {"text": prompt_of_take}


def _prompts(gen: VideoGen, text: str) -> Iterator[str]:
    found = gen.jobs(text=text.strip() or None, library=gen.library, limit=MOST_READ)
    for job in found:
        with suppress(RushesError):  # Its row is damaged.
            if prompt := (job.params.prompt or "").strip():
                yield prompt


def _name(ask: messages.sweep.SweepAsk) -> str:
    """The same for the same takes, so that a message that arrives twice makes them once."""
    content = [ask.requests, ask.prompts, ask.axes, ask.count]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:6]
    first = shortened(" ".join(ask.prompts[0].split()) or "Sweep", LONGEST_NAME)
    more = f" and {len(ask.prompts) - 1} more" if len(ask.prompts) > 1 else ""
    return f"{first}{more} #{digest}"
