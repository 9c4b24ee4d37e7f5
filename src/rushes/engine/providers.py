"""The providers that an engine knows: the catalog, the user's files, and what services announce."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes.backends.protocol import Announcing, Governing
from rushes.catalog import Catalog, ProviderSpec
from rushes.contract.errors import RushesError
from rushes.policy import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rushes.backends.registry import Registry
    from rushes.policy import Policy

log = logging.getLogger("rushes")


class Providers:
    """Keeps a catalog up to date.

    Args:
        folder: the user's provider files.
        backends: the services, some of which announce providers at run time.
        retry: seconds until a service that could not be asked is asked again.

    Attributes:
        catalog: what is known now.
        announced: set while no service is being asked for the first time.
        policies: by service, the policy that it announces.
    """

    def __init__(self, folder: Path, backends: Registry, *, retry: float) -> None:
        self.catalog = Catalog.load(folder)
        self.announced = threading.Event()
        self.announced.set()
        self.policies: dict[str, Policy] = {}
        self._folder = folder
        self._backends = backends
        self._retry = retry
        self._files = _stamps(folder)
        self._said: dict[str, list[Mapping[str, Any]]] = {}
        self._asked: set[str] = set()
        self._open: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_pending(self) -> bool:
        """Whether a service that may announce providers has not been asked successfully yet."""
        return bool(self._open)

    def reload(self) -> None:
        """Read the user's files again, if any has changed."""
        files = _stamps(self._folder)
        if files == self._files:
            return
        self._files, catalog = files, Catalog.load(self._folder)
        for name, announced in self._said.items():
            take_in(catalog, name, announced)
        self.catalog.replace(catalog)

    def unasked(self, again: Iterable[str] = ()) -> Iterator[str]:
        """Services to `ask`, which counts as being done from now on.

        Args:
            again: services that were set up again.
        """
        self._asked.difference_update(again)
        for name in self._backends.usable():
            if name not in self._asked and isinstance(self._backends.get(name), Announcing):
                self._asked.add(name)
                self._open.add(name)
                self.announced.clear()
                yield name

    def ask(self, name: str) -> None:
        """Take in the providers that a service announces, as soon as it can be asked.

        For the engine's event loop.
        """
        task = asyncio.get_running_loop().create_task(self._ask(name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, name: str) -> None:
        while name in self._open:
            try:
                backend = self._backends.get(name)
                if isinstance(backend, Governing):
                    self._govern(name, await backend.policy())
                if isinstance(backend, Announcing):
                    self._said[name] = announced = list(await backend.announced())
                    take_in(self.catalog, name, announced)
                self._open.discard(name)
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("what %s announces cannot be used", name)
                self._open.discard(name)
            # Nobody waits for a service that cannot be asked now.
            self.announced.set()
            if name in self._open:
                await asyncio.sleep(self._retry)

    def _govern(self, name: str, said: Mapping[str, Any] | None) -> None:
        """Apply the policy of a service; the service itself does so in any case."""
        self.policies.pop(name, None)
        if said is None:
            return
        try:
            self.policies[name] = parse(dict(said))
        except ValueError as error:
            log.warning("%s announces a policy that cannot be used: %s", name, error)


def take_in(catalog: Catalog, name: str, announced: Iterable[Mapping[str, Any]]) -> None:
    """Add what a backend announces to the catalog.

    A provider that is known already keeps what its file says and gets the backend's offer; a
    description that cannot be read is logged and left out.
    """
    specs = []
    for data in announced:
        try:
            spec = ProviderSpec.model_validate(data)
            offer = spec.backends[name]
        except (ValidationError, KeyError) as error:
            said = str(error).splitlines()[0]
            log.warning("%s announces a provider that cannot be used: %s", name, said)
            continue
        known = catalog.providers.get(spec.id)
        if known is not None:
            own, last = dict(known.backends), known.backends.get("preview")
            own.pop("preview", None)
            own[name] = offer
            spec = known.model_copy(update={"backends": own | ({"preview": last} if last else {})})
        else:
            spec = spec.model_copy(update={"backends": {name: offer}})
        specs.append(spec)
    catalog.extend(specs)


def _stamps(folder: Path) -> set[tuple[Path, int, int]]:
    """What differs once a provider file was added, changed or removed."""
    found = set()
    for path in folder.glob("*.toml"):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.add((path, status.st_mtime_ns, status.st_size))
    return found
