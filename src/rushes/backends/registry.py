"""Finding a service by its name, and knowing which ones are set up."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import TYPE_CHECKING

from rushes.backends.secret import Variables
from rushes.contract.errors import NoBackend, RushesError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint
    from pathlib import Path

    import httpx

    from rushes.backends.protocol import Backend

GROUP = "rushes.backends"
"""Entry-point group under which packages announce their backends."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """Every announced backend by its name."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - it loads email and zipfile

    return {point.name: point for point in entry_points(group=GROUP)}


class Registry:
    """The services of one engine.

    Args:
        home: the home folder, for services that keep something on this machine.
        environment: where keys and settings come from.
    """

    def __init__(self, home: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._home = home
        self._environment = environment
        self._backends: dict[str, Backend] = {}
        self._read: dict[str, Variables] = {}
        self._client: httpx.AsyncClient | None = None
        self._lock = threading.Lock()

    def connect(self, client: httpx.AsyncClient) -> None:
        """Give every backend, now and later, the engine's HTTP client."""
        with self._lock:
            self._client = client
            for backend in self._backends.values():
                backend.connect(client)

    def add(self, backend: Backend) -> None:
        """Use a backend that the user made."""
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
            NoBackend: when there is none, or its variables are not set; the message names them.
        """
        with self._lock:
            found = self._backends.get(name)
        if found is not None:
            return found
        if name not in installed():
            known = ", ".join(sorted(self.names()))
            msg = f"There is no backend {name!r}; installed are {known}."
            raise NoBackend(msg)
        kind: type[Backend] = installed()[name].load()
        variables = Variables(self._environment)
        backend = kind.from_environment(variables, self._home)
        self._add(backend, variables)
        return backend

    def refresh(self) -> set[str]:
        """Read the environment again for the backends that came from it.

        Returns:
            Names of those whose variables have changed; they are made anew when they are used.
        """
        with self._lock:
            changed = {name for name, read in self._read.items() if read.have_changed()}
            for name in changed:
                del self._backends[name], self._read[name]
        return changed

    def names(self) -> set[str]:
        """Every backend that is installed or was added."""
        return {*installed(), *self._backends}

    def why_not(self, name: str) -> str | None:
        """Why a backend cannot be used, in one sentence; None when it can."""
        try:
            self.get(name)
        except RushesError as error:
            return error.message
        return None

    def usable(self) -> list[str]:
        """Backends that are set up."""
        return [name for name in sorted(self.names()) if self.why_not(name) is None]
