"""Which services there are, which of them are set up, and what each cannot do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rushes.backends.registry import Registry
from rushes.catalog import Catalog
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog import Offer, ProviderSpec

AFTER_A_LOST_REPLY = {
    "key": "sent again with the same key, which makes no second job",
    "lookup": "found, or proven not to exist and sent again",
    "none": "found if it shows, else yours to decide",
}
"""What becomes of a job whose reply was lost, by `Backend.reconciliation`."""


@dataclass(frozen=True)
class BackendInfo:
    """A service.

    Attributes:
        name: the word for `backend=`.
        configured: whether jobs can be sent there now.
        reason: why not, and what to set; None when they can.
        lost_reply: what becomes of a job whose reply was lost; None when that cannot be said
            before the service is set up.
        cannot: by provider that it serves, a sentence for everything that it does not take.
    """

    name: str
    configured: bool
    reason: str | None = None
    lost_reply: str | None = None
    cannot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        state = "ready" if self.configured else self.reason or ""
        lines = [f"{self.name}: {state.removeprefix(f'{self.name} is ')}"]
        if self.lost_reply:
            lines.append(f"  a job whose reply was lost is {self.lost_reply}")
        for provider, sentences in self.cannot.items():
            lines.append(f"  {provider}{':' if sentences else ''}")
            lines += [f"    {sentence}" for sentence in sentences]
        return "\n".join(lines)


class BackendList(list[BackendInfo]):
    """Services that print one below the other."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


def backends(
    environment: Mapping[str, str] | None = None, folders: Folders | None = None
) -> BackendList:
    """Every installed service, in the order in which the catalog prefers them.

    Args:
        environment: where keys are looked for; the process's by default.
        folders: where the user's provider files are; as for `VideoGen` by default.
    """
    folders = folders or Folders.find()
    registry = Registry(folders.home, os.environ if environment is None else environment)
    specs = Catalog.load(folders.providers).providers
    preferred = {name: None for spec in specs.values() for name in spec.backends}
    names = [name for name in preferred if name in registry.names()]
    names += sorted(registry.names() - set(names))
    return BackendList(_info(name, registry, specs) for name in names)


def _info(name: str, registry: Registry, specs: Mapping[str, ProviderSpec]) -> BackendInfo:
    reason = registry.why_not(name)
    served = {
        spec.id: tuple(_limits(spec, spec.backends[name]))
        for spec in specs.values()
        if name in spec.backends
    }
    if reason is not None:
        return BackendInfo(name, configured=False, reason=reason, cannot=served)
    lost = AFTER_A_LOST_REPLY[registry.get(name).reconciliation]
    return BackendInfo(name, configured=True, lost_reply=lost, cannot=served)


def _limits(spec: ProviderSpec, offer: Offer) -> Iterator[str]:
    for mode in spec.modes:
        if not offer.serves(mode):
            yield f"no {mode}"
    for parameter, advice in offer.refuses.items():
        yield f"no {parameter}: {advice}"
    for parameter in offer.urls_only:
        yield f"{parameter} by URL only"
    if offer.prompt_limit is not None:
        yield f"prompts of at most {offer.prompt_limit} characters"
    for one, two in offer.exclusive:
        yield f"either {one} or {two}"
    for parameter, sentence in offer.ignores.items():
        yield f"{parameter} in vain: {sentence}"
