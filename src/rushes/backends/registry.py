"""Which backends are installed, which of them are configured, and what each does not accept."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from rushes.backends.key import Variables
from rushes.catalog import Catalog
from rushes.catalog.condition import said
from rushes.catalog.length import NOUNS
from rushes.contract.errors import NoBackend, RushesError
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import meant
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import EntryPoint
    from pathlib import Path

    import httpx

    from rushes.backends.protocol import Backend
    from rushes.catalog import Offer, ProviderSpec

GROUP = "rushes.backends"
"""Entry-point group under which packages register backends."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """Every registered backend by name."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - it loads email and zipfile

    return {point.name: point for point in entry_points(group=GROUP)}


class Registry:
    """The services of one engine.

    Args:
        home: the home folder, for services that store data on this machine.
        environment: the source of keys and settings.
    """

    def __init__(self, home: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._home = home
        self._environment = environment
        self._backends: dict[str, Backend] = {}
        self._read: dict[str, Variables] = {}
        # Those that `usable` found not to be configured since the last `refresh`.
        self._missing: set[str] = set()
        self._client: httpx.AsyncClient | None = None
        self._lock = threading.Lock()

    def connect(self, client: httpx.AsyncClient) -> None:
        """Set the engine's HTTP client for all current and later backends."""
        with self._lock:
            self._client = client
            for backend in self._backends.values():
                backend.connect(client)

    def add(self, backend: Backend) -> None:
        """Use a backend that the user created."""
        self._add(backend, None)

    def _add(self, backend: Backend, read: Variables | None) -> None:
        with self._lock:
            self._backends[backend.name] = backend
            self._read.pop(backend.name, None)
            if read is not None:
                self._read[backend.name] = read
            if self._client is not None:
                backend.connect(self._client)

    def get(self, name: str) -> Backend:
        """The backend of that name.

        Raises:
            NoBackend: when it is not installed, or its variables, which the message names, are not
                set.
        """
        with self._lock:
            found = self._backends.get(name)
        if found is not None:
            return found
        self.require(name)
        kind: type[Backend] = installed()[name].load()
        variables = Variables(self._environment)
        backend = kind.from_environment(variables, self._home)
        self._add(backend, variables)
        return backend

    def require(self, name: str) -> None:
        """Reject a name that no backend has.

        Raises:
            NoBackend: names those that are installed, and the one that was probably meant.
        """
        known = sorted(self.names())
        if name not in known:
            msg = f"No backend is named {name!r}; installed are {', '.join(known)}."
            raise NoBackend(msg + meant(name, known))

    def refresh(self) -> set[str]:
        """Check the environment for changes to the backends that were created from it.

        Returns:
            Names of those whose variables have changed; they are created again when they are used.
        """
        with self._lock:
            self._missing.clear()
            changed = {name for name, read in self._read.items() if read.have_changed()}
            for name in changed:
                del self._backends[name], self._read[name]
        return changed

    def names(self) -> set[str]:
        """Every backend that is installed or was added."""
        return {*installed(), *self._backends}

    def why_not(self, name: str) -> str | None:
        """Why a backend cannot be used, as one sentence; None when it can."""
        try:
            self.get(name)
        except RushesError as error:
            return error.message
        return None

    def usable(self) -> list[str]:
        """Backends that are configured; one that was not is tried again after `refresh`."""
        names = sorted(self.names() - (self._missing - self._backends.keys()))
        found = [name for name in names if name in self._backends or self.why_not(name) is None]
        self._missing.update(set(names) - set(found))
        return found


# --- for users ------------------------------------------------------------------------------------

AFTER_A_LOST_REPLY = {
    "key": "resent with the same key, which creates no second job",
    "lookup": "found, or proven not to exist and resent",
    "none": "found if the service lists it, otherwise left for you to decide",
}
"""What happens to a job whose reply was lost, by `Backend.reconciliation`."""


@dataclass(frozen=True)
class BackendInfo:
    """An installed service.

    Attributes:
        name: the word for `backend=`.
        configured: whether jobs can be sent there now.
        reason: why not, and what to set; None when they can.
        lost_reply: what happens to a job whose reply was lost; None when that is not known before
            the service is configured.
        cannot: by provider that it serves, a sentence for everything that it does not accept.
    """

    name: str
    configured: bool
    reason: str | None = None
    lost_reply: str | None = None
    cannot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Whether it is ready, or what is missing."""
        return "ready" if self.configured else (self.reason or "").removeprefix(f"{self.name} is ")

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.state}"]
        if self.lost_reply:
            lines.append(f"  a job whose reply was lost is {self.lost_reply}")
        for provider, sentences in self.cannot.items():
            lines.append(f"  {provider}{':' if sentences else ''}")
            lines += [f"    {sentence}" for sentence in sentences]
        return "\n".join(lines)


class BackendList(Printed, list[BackendInfo]):
    """A list of services. It prints as a table; printing one of them has all that it cannot do."""

    def sheet(self) -> Sheet:
        """The table that is shown."""
        return Sheet(
            heads=("backend", "state", "runs"),
            rows=[(info.name, info.state, ", ".join(info.cannot)) for info in self],
            notes=("print(list_backends()[0]) shows what one of them does not accept.",),
            first=1,
            whole=True,
        )


def list_backends(
    environment: Mapping[str, str] | None = None, folders: Folders | None = None
) -> BackendList:
    """Every installed service: whether it is configured, what is missing, and what it cannot do.

    They come in the order in which the catalog prefers them, and print one below the other.

    Args:
        environment: the variables that hold keys; those of the process by default.
        folders: where the user's provider files are; as for `VideoGen` by default.

    >>> ready = [info.name for info in rushes.list_backends() if info.configured]
    >>> "preview" in ready
    True
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
        yield f"prompts of at most {offer.prompt_limit} {NOUNS[offer.prompt_unit]}"
    for one, two in offer.exclusive:
        yield f"either {one} or {two}"
    for parameter, sentence in offer.ignores.items():
        yield f"{parameter} has no effect: {sentence}"
    for route in offer.routes:
        for parameter, sentence in route.ignores.items():
            yield f"{parameter} has no effect with {said(route.when)}: {sentence}"
