"""How providers print: the list as a table, one of them with its parameters and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.catalog.provider import ProviderSpec
from rushes.contract.sheet import Printed, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog.parameter import ParameterSpec


class ProviderList(Printed, list[ProviderSpec]):
    """Providers in the order of the catalog. It prints as a table, by maker."""

    def matching(self, text: str) -> ProviderList:
        """Those whose id, title, maker, modes or services contain every word of a text.

        >>> [spec.id for spec in rushes.providers().matching("veo lite")]
        ['veo-3.1-lite']

        Args:
            text: words, in upper or lower case.
        """
        words = text.casefold().split()
        return ProviderList(spec for spec in self if all(word in _about(spec) for word in words))

    def sheet(self) -> Sheet:
        """The table that is shown; fifty providers fit 80 columns."""
        makers: dict[str, list[ProviderSpec]] = {}
        for spec in self:
            makers.setdefault(spec.vendor or "", []).append(spec)
        return Sheet(
            heads=("maker", "provider", "seconds", "starts from", "$/s"),
            rows=[
                ("" if number else maker, spec.id, _seconds(spec), _starts(spec), _cheapest(spec))
                for maker, specs in makers.items()
                for number, spec in enumerate(specs)
            ],
            notes=(
                "$/s: a second at the cheapest of its services, with every default.",
                'print(rushes.VideoGen().catalog["veo-3.1"]) shows parameters and services of one.',
            ),
            whole=True,
            empty="No providers.",
        )


def _about(spec: ProviderSpec) -> str:
    """What a text is looked for in."""
    named = (spec.id, spec.title, spec.vendor or "", *spec.modes, *spec.backends)
    return "\n".join(named).casefold()


def sheet_of(spec: ProviderSpec) -> Sheet:
    """The table of one provider."""
    rows = [(name, _takes(parameter)) for name, parameter in spec.parameters.items()]
    prices = ", ".join(_prices(spec))
    return Sheet(
        title=f"{spec.id} ({spec.title}): {', '.join(spec.modes)}",
        heads=("parameter", "takes"),
        rows=rows,
        notes=(f"A second costs: {prices}.",) if prices else (),
        first=1,
        whole=True,
    )


def _seconds(spec: ProviderSpec) -> str:
    length = spec.parameters.get("duration_seconds")
    if length is None or length.min is None or length.max is None:
        return ""
    if length.min == length.max:
        return f"{length.min:g}"
    return f"{length.min:g} to {length.max:g}"


def _starts(spec: ProviderSpec) -> str:
    """What its videos can start from: its modes without what they share."""
    return ", ".join(mode.removesuffix("-to-video") for mode in spec.modes)


def _cheapest(spec: ProviderSpec) -> str:
    """The lowest price of a second in US dollars, where one is known."""
    seconds = spec.duration_of(spec.plainest())
    costs = [spec.estimate(spec.plainest(), backend) for backend in spec.backends]
    paid = [cost.amount for cost in costs if cost and cost.amount and cost.currency == "USD"]
    return f"{min(paid) / seconds:.3g}" if paid and seconds else ""


def _prices(spec: ProviderSpec) -> Iterator[str]:
    """The price of a second with every default, where one is known."""
    for backend in spec.backends:
        cost = spec.estimate(spec.plainest(), backend)
        if cost is not None and cost.amount:
            sign = "$" if cost.currency == "USD" else f"{cost.currency} "
            yield f"{backend} {sign}{spec.per_second(backend):.3g}"


def _takes(parameter: ParameterSpec) -> str:
    default = "" if parameter.default is None else f", default {parameter.default}"
    limits = "".join(f"; {limit}" for limit in parameter.limits)
    return f"{parameter.allowed}{default}{limits}"
