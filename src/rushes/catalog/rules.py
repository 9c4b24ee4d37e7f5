"""The rules for requests; all violations are reported, not only the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.catalog.condition import said
from rushes.catalog.drafts import FINAL, PARAMETER
from rushes.catalog.kinds import COMMON
from rushes.catalog.length import NOUNS
from rushes.contract.errors import Problem
from rushes.contract.params import VideoGenParams, is_local
from rushes.contract.wording import closest, listed, meant, named, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rushes.catalog.offer import Offer
    from rushes.catalog.provider import ProviderSpec
    from rushes.catalog.reading import Reading

MOST_NAMED = 3
"""Names of providers in a sentence; the others are counted."""


def request_problems(
    providers: Mapping[str, ProviderSpec], reading: Reading, backend: str | None
) -> Iterator[Problem]:
    """Every problem of a request."""
    provider = reading.given.get("provider")
    spec = providers.get(provider) if isinstance(provider, str) else None
    if spec is None:
        yield _provider_problem(providers, reading)
        yield from _mode_problem(None, providers, reading)
        yield from reading.problems
        taken = {name for other in providers.values() for name in other.parameters}
        for name in _unlisted(reading, taken):
            yield _unknown(reading, name, None, list(providers.values()))
        return
    yield from _mode_problem(spec, providers, reading)
    yield from reading.problems
    others = [other for other in providers.values() if other is not spec]
    mode = next((mode for mode in spec.modes if mode == reading.values.get("mode")), None)
    rules = Rules(spec, others, reading, mode)
    yield from rules.strangers()
    yield from rules.values()
    yield from rules.prompt()
    if mode:
        yield from rules.presence(mode)
        yield from rules.references(mode)
        yield from rules.limits(mode)
    yield from rules.shots()
    yield from rules.drafts()
    if backend is not None:
        yield from rules.backend(backend)


@dataclass(frozen=True)
class Rules:
    """The rules of one provider, for one request.

    Attributes:
        spec: the provider.
        others: the other providers, which may accept what this one does not.
        reading: the request.
        mode: its mode; None when it is not one of the provider's.
    """

    spec: ProviderSpec
    others: list[ProviderSpec]
    reading: Reading
    mode: str | None

    def strangers(self) -> Iterator[Problem]:
        """Parameters that the provider does not accept."""
        for name in _unlisted(self.reading, self.spec.parameters):
            takers = [other.id for other in self.others if name in other.parameters]
            value = self.reading.given[name]
            if not takers:
                yield _unknown(self.reading, name, self.spec, self.others)
                continue
            yield Problem(
                name,
                value,
                f"{self.spec.id} does not take it ({shown(value)} was given); {_some(takers)} "
                f"{'does' if len(takers) == 1 else 'do'}. "
                f"Remove it, or choose {' or '.join(takers[:MOST_NAMED])}.",
            )

    def values(self) -> Iterator[Problem]:
        """Values that the provider does not offer."""
        for name, parameter in self.spec.parameters.items():
            if name not in self.reading.values:
                continue
            value = self.reading.values[name]
            for refusal in parameter.refusals(value):
                yield Problem(
                    f"{name}{refusal.where}",
                    refusal.value,
                    f"{shown(refusal.value)} {refusal.reason} {self.spec.id}; "
                    f"allowed are {refusal.allowed}."
                    + _takers(
                        other
                        for other in self.others
                        if name in other.parameters and other.parameters[name].takes(value)
                    ),
                )

    def limits(self, mode: str) -> Iterator[Problem]:
        """Values that are allowed, but not together with another one of the request."""
        limited = {
            name: parameter for name, parameter in self.spec.parameters.items() if parameter.limits
        }
        params = self.reading.params
        if limited and params is None:
            read = {"provider": self.spec.id, "mode": mode} | self.reading.values
            params, _ = VideoGenParams.read(read)
        for name, parameter in limited.items():
            value = self.reading.values.get(name)
            if value is None or params is None or not parameter.takes(value):
                continue
            for limit in parameter.limits:
                if self.spec.holds(params, limit.when) and not limit.takes(value):
                    reason = (
                        f"{shown(value)} is not offered by {self.spec.id} with {said(limit.when)}; "
                        f"allowed are {limit.allowed}."
                    )
                    yield Problem(name, value, reason)

    def prompt(self) -> Iterator[Problem]:
        """A prompt that is too long or missing."""
        wanted, text = self.spec.prompt, self.reading.values.get("prompt", "")
        if wanted.refuses(text):
            yield Problem(
                "prompt",
                text,
                f"{shown(text)} has {wanted.length(text)} {NOUNS[wanted.unit]}; "
                f"{self.spec.id} takes at most {wanted.limit}."
                + _takers(other for other in self.others if not other.prompt.refuses(text)),
            )
        stand_in = wanted.unless and self.reading.has(wanted.unless)
        if (
            self.mode
            and wanted.is_needed(self.mode)
            and not self.reading.has("prompt")
            and not stand_in
        ):
            unless = f", unless {wanted.unless} is given" if wanted.unless else ""
            reason = f"is required for {self.mode} with {self.spec.id}{unless}."
            yield Problem("prompt", self.reading.given.get("prompt"), reason)

    def presence(self, mode: str) -> Iterator[Problem]:
        """Parameters that are missing, not for this mode, or lack another one that they need."""
        for name, parameter in self.spec.parameters.items():
            value = self.reading.given.get(name)
            needed = parameter.needs_one_of
            if not self.reading.has(name):
                if mode in parameter.required:
                    allowed = f"allowed are {parameter.allowed}"
                    reason = f"is required for {mode} with {self.spec.id}; {allowed}."
                    yield Problem(name, value, reason)
            elif mode not in parameter.modes:
                yield Problem(
                    name,
                    value,
                    f"is for {listed(parameter.modes)} with {self.spec.id}, not for {mode} "
                    f"({shown(value)} was given). Remove it, or change the mode."
                    + _takers(
                        other
                        for other in self.others
                        if name in other.parameters and mode in other.parameters[name].modes
                    ),
                )
            elif needed and not any(self.reading.has(other) for other in needed):
                labels = " or ".join(self.spec.parameters[other].label for other in needed)
                reason = f"needs {' or '.join(needed)} along with it ({labels} in a form)."
                yield Problem(name, value, reason)

    def references(self, mode: str) -> Iterator[Problem]:
        """Too many media in total, or none if one is required."""
        names = self.spec.reference_names()
        given = [name for name in names if self.reading.has(name)]
        if mode in self.spec.needs_reference and not given:
            reason = f"{mode} with {self.spec.id} needs at least one of {listed(names)}."
            yield Problem(names[0], None, reason)
        lists = {name: self.reading.given[name] for name in given}
        counts = {
            name: len(items) for name, items in lists.items() if isinstance(items, list | tuple)
        }
        total, most = sum(counts.values()), self.spec.max_references
        if most is not None and total > most:
            parts = ", ".join(f"{count} {name}" for name, count in counts.items())
            reason = f"{total} references in all ({parts}); {self.spec.id} takes at most {most}."
            yield Problem(given[-1], lists[given[-1]], reason)

    def shots(self) -> Iterator[Problem]:
        """Shots whose durations do not add up to that of the video."""
        shots = self.reading.values.get("multi_prompt")
        duration = self.spec.parameters.get("duration_seconds")
        if not shots or "multi_prompt" not in self.spec.parameters or duration is None:
            return
        total = sum(shot.duration_seconds for shot in shots)
        if "duration_seconds" not in self.reading.given:
            if not duration.takes(total):
                reason = f"the shots add up to {total} seconds; allowed are {duration.allowed}."
                yield Problem("multi_prompt", shots, reason)
        elif self.reading.values.get("duration_seconds", total) != total:
            wanted = self.reading.values["duration_seconds"]
            reason = (
                f"the shots add up to {total} seconds, but duration_seconds is {shown(wanted)}; "
                "the two have to be the same."
            )
            yield Problem("multi_prompt", shots, reason)

    def drafts(self) -> Iterator[Problem]:
        """What the model cannot render in full, or not like this."""
        job, made = self.reading.given.get(FINAL), self.spec.drafts
        if job is None:
            return
        if made is None:
            makers = _some([other.id for other in self.others if other.drafts]) or "no provider"
            yield Problem(FINAL, job, f"{self.spec.id} makes no drafts; {makers} does.")
            return
        size = self.reading.given.get("resolution", made.finals[0])
        if size not in made.finals:
            allowed = ", ".join(made.finals)
            reason = f"a draft of {self.spec.id} cannot be rendered in it; allowed are {allowed}."
            yield Problem("resolution", size, f"{shown(size)}: {reason}")
        if self.reading.given.get(PARAMETER) is True:
            words = "what a draft is rendered to is not a draft. Remove it."
            yield Problem(PARAMETER, self.reading.given[PARAMETER], words)

    def _drafts(self, name: str, offer: Offer) -> Iterator[Problem]:
        """A draft, or a final one, at a backend that makes none."""
        given = self.reading.given
        asked = next((key for key in (PARAMETER, FINAL) if given.get(key)), None)
        if asked is not None and self.spec.drafts and offer.drafts is None:
            takers = [other for other, its in self.spec.backends.items() if its.drafts]
            reason = f"{name} makes no drafts of {self.spec.id}.{_take(takers)}"
            yield Problem(asked, given[asked], reason)

    def backend(self, name: str) -> Iterator[Problem]:
        """What the backend does not support, although the provider does."""
        offer = self.spec.backends.get(name)
        if offer is None:
            known = ", ".join(self.spec.backends)
            reason = f"{shown(name)} does not serve {self.spec.id}; backends that do are {known}."
            yield Problem("backend", name, reason)
            return
        if self.mode and not offer.serves(self.mode):
            reason = f"{name} does not offer {self.mode!r} for {self.spec.id}."
            yield Problem("mode", self.mode, reason)
        for parameter, advice in offer.refuses.items():
            value = self.reading.given.get(parameter)
            if self.reading.has(parameter) and value is not False:
                takers = [
                    other
                    for other, its in self.spec.backends.items()
                    if other != name and parameter not in its.refuses
                ]
                yield Problem(
                    parameter,
                    value,
                    f"{name} does not take it for {self.spec.id} ({shown(value)} was given). "
                    f"{advice}{_take(takers)}",
                )
        for parameter in offer.urls_only:
            value = self.reading.values.get(parameter)
            for path in [value] if isinstance(value, str) else value or ():
                if is_local(path):
                    takers = [
                        other
                        for other, its in self.spec.backends.items()
                        if other != name and parameter not in (*its.urls_only, *its.refuses)
                    ]
                    reason = (
                        f"{name} fetches it from a URL and does not accept local files "
                        f"({shown(path)} was given). Give its URL.{_take(takers)}"
                    )
                    yield Problem(parameter, path, reason)
        if offer.workflows:
            yield from self._addresses(name)
        text = self.reading.values.get("prompt", "")
        if offer.is_too_long(text):
            takers = [
                other for other, its in self.spec.backends.items() if not its.is_too_long(text)
            ]
            reason = (
                f"{shown(text)} has {offer.length(text)} {NOUNS[offer.prompt_unit]}; "
                f"{name} takes at most "
                f"{offer.prompt_limit} for {self.spec.id}.{_take(takers)}"
            )
            yield Problem("prompt", text, reason)
        yield from self._exclusive(name, offer)
        yield from self._drafts(name, offer)

    def _addresses(self, name: str) -> Iterator[Problem]:
        """Media by URL, at a service that fetches nothing."""
        for parameter in self.spec.media_names:
            value = self.reading.values.get(parameter)
            for item in [value] if isinstance(value, str) else value or ():
                if not is_local(item):
                    reason = (
                        f"{name} reads files only ({shown(item)} was given). Download it, and "
                        f"give its path."
                    )
                    yield Problem(parameter, item, reason)

    def _exclusive(self, name: str, offer: Offer) -> Iterator[Problem]:
        for one, two in offer.exclusive:
            if self.reading.has(one) and self.reading.has(two):
                reason = f"{name} takes either {one} or {two} for {self.spec.id}. Remove one."
                yield Problem(one, self.reading.given[one], reason)


def _unlisted(reading: Reading, taken: Iterable[str]) -> list[str]:
    """Parameters that are given but not declared."""
    allowed = {*COMMON, *taken}
    return [name for name in reading.given if name not in allowed]


def _unknown(
    reading: Reading, name: str, spec: ProviderSpec | None, others: list[ProviderSpec]
) -> Problem:
    """A parameter that no provider accepts, and the one that was probably meant."""
    value = reading.given[name]
    own = [*COMMON, *(spec.parameters if spec else ())]
    foreign = [other for provider in others for other in provider.parameters]
    close = closest(name, own + foreign)
    reason = f"no provider takes it ({shown(value)} was given)."
    if close is None:
        reason += f" Known are {', '.join(dict.fromkeys(own if spec else own + foreign))}."
    elif close in own:
        reason += f" Did you mean {close}?"
    else:
        takers = _some([other.id for other in others if close in other.parameters])
        reason += f" Did you mean {close}, a parameter of {takers}?"
    return Problem(named(name), value, reason)


def _provider_problem(providers: Mapping[str, ProviderSpec], reading: Reading) -> Problem:
    value = reading.given.get("provider")
    known = ", ".join(providers)
    if value is None:
        return Problem("provider", None, f"is required; known are {known}.")
    reason = f"{shown(value)} is not in the catalog; known are {known}.{meant(value, providers)}"
    return Problem("provider", value, reason)


def _mode_problem(
    spec: ProviderSpec | None, providers: Mapping[str, ProviderSpec], reading: Reading
) -> Iterator[Problem]:
    value = reading.given.get("mode")
    if spec is not None and isinstance(value, str) and value in spec.modes:
        return
    known = dict.fromkeys(mode for other in providers.values() for mode in other.modes)
    offered = spec.modes if spec else tuple(known)
    allowed = ", ".join(offered)
    if value is None:
        if spec is not None:
            reason = f"is required, because the inputs do not determine it; allowed are {allowed}."
            yield Problem("mode", None, reason)
    elif not isinstance(value, str) or value not in known:
        reason = f"{shown(value)} is not a mode; allowed are {allowed}.{meant(value, offered)}"
        yield Problem("mode", value, reason)
    elif spec:
        takers = [other.id for other in providers.values() if value in other.modes]
        offers = f" {_some(takers)} {'offers' if len(takers) == 1 else 'offer'} it."
        reason = f"{value!r} is not offered by {spec.id}; allowed are {allowed}."
        yield Problem("mode", value, f"{reason}{offers if takers else ''}")


def _takers(specs: Iterable[ProviderSpec]) -> str:
    return _take([spec.id for spec in specs])


def _take(names: list[str]) -> str:
    """A sentence that says who accepts a value, or nothing."""
    if not names:
        return ""
    return f" {_some(names)} {'takes' if len(names) == 1 else 'take'} it."


def _some(names: list[str]) -> str:
    """The first names, and how many others there are."""
    if len(names) <= MOST_NAMED + 1:
        return listed(names)
    return listed([*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} others"])
