"""Writes docs/reference/models.md: the packaged models, what they take and what they cost.

``PYTHONPATH=src:tests python -m support.models_page`` rewrites the page; a test keeps it so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.catalog import Catalog
from rushes.catalog.condition import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import Offer, Price, ProviderSpec

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "models.md"

HEAD = """\
# Models

The packaged models, written from their files: `print(gen.catalog["veo-3.1"])` shows all that one
takes. Prices are those of the date beside them, in US dollars; every estimate says its date and
source. `rushes.providers()` lists these models and your own; see
{doc}`../how-to/adding-a-provider`.

"""


def page() -> str:
    """The whole page."""
    return HEAD + "\n".join(line for spec in Catalog.load().values() for line in _section(spec))


def _section(spec: ProviderSpec) -> Iterator[str]:
    yield f"## {spec.title}\n"
    yield f"`{spec.id}`, by {spec.vendor}: {', '.join(spec.modes)}.\n"
    yield "| parameter | takes |"
    yield "|---|---|"
    for name in ("duration_seconds", "resolution", "aspect_ratio"):
        if name in spec.parameters:
            parameter = spec.parameters[name]
            limits = "".join(f"; {limit}" for limit in parameter.limits)
            yield f"| `{name}` | {parameter.allowed}, default {parameter.default}{limits} |"
    others = [
        f"`{name}`"
        for name, parameter in spec.parameters.items()
        if name not in ("duration_seconds", "resolution", "aspect_ratio") and not parameter.fields
    ]
    for name, parameter in spec.parameters.items():
        if parameter.fields:
            yield f"| `{name}` | {parameter.allowed} |"
            yield from (
                f"| `{name}.{field}` | {each.allowed} |" for field, each in parameter.fields.items()
            )
    yield f"| also | {', '.join(others)} |"
    if spec.drafts:
        makers = ", ".join(name for name, offer in spec.backends.items() if offer.drafts)
        finals = " or ".join(spec.drafts.finals)
        yield f"| drafts | {spec.drafts.resolution}, rendered in full in {finals}, at {makers} |"
    for name, offer in spec.backends.items():
        if name not in ("preview", "gateway"):
            prices = "; ".join(_price(row) for row in offer.prices) or "not known"
            yield f"| price at {name} | {prices} |"
            yield from (f"| not verified at {name} | {text} |" for text in _unverified(offer))
    yield ""


def _unverified(offer: Offer) -> tuple[str, ...]:
    routes = (f"with {said(row.when)}: {text}" for row in offer.routes for text in row.unverified)
    return (*offer.unverified, *(offer.drafts.unverified if offer.drafts else ()), *routes)


def _price(price: Price) -> str:
    amount, unit = next(
        (value, unit)
        for value, unit in (
            (price.per_second, "per second"),
            (price.per_video, "per video"),
            (price.per_1k_tokens, "per 1,000 tokens"),
        )
        if value is not None
    )
    more = "".join(
        f", ${extra:g} {what}"
        for extra, what in (
            (price.per_input_second, "more per second of given video"),
            (price.per_file, "more per file"),
            (price.minimum, "at least"),
        )
        if extra
    )
    when = f" with {said(price.when)}" if price.when else ""
    return f"${amount:g} {unit}{more}{when} ({price.date})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
