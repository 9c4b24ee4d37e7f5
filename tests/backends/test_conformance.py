"""Every backend of this package passes the tests that it asks of others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.faults import Fault, FaultKind, Operation
from rushes.backends.preview import PreviewBackend
from rushes.catalog import Catalog
from rushes.testing import BackendConformance, Trouble
from support.comfy import COMFY_TOKEN, FREE, backend_of, emulated, free_catalog
from support.services import NOWHERE, SERVICES, Service as Emulated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rushes.backends.protocol import Backend
    from rushes.testing.service import Request

CATALOG = Catalog.load()

REAL = os.environ.get("COMFYUI_PROOF_URL", "")
"""Address of a real ComfyUI server."""

FAULTS = {
    Trouble.REPLY_LOST: FaultKind.LOSE_REPLY,
    Trouble.ERROR_AFTER: FaultKind.ERROR_AFTER,
    Trouble.ERROR_BEFORE: FaultKind.ERROR_BEFORE,
    Trouble.WEB_PAGE: FaultKind.HTML_PAGE,
    Trouble.HALF_REPLY: FaultKind.MALFORMED_JSON,
    Trouble.TOO_MANY: FaultKind.TOO_MANY,
}
OPERATIONS = {"submit": Operation.SUBMIT, "poll": Operation.STATUS, "find": Operation.HISTORY}


class Harness:
    """One of the emulated services, as the tests want it."""

    def __init__(self, emulated: Emulated) -> None:
        self._emulated = emulated
        self.key = emulated.key
        self.emulator = emulated.emulator(run_seconds=(3600.0, 3600.0), tiny_clips=True)
        self.params = CATALOG.read(emulated.request, backend=emulated.name)
        self.spec = CATALOG.providers[self.params.provider]

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """A backend that talks to the emulator."""
        urls = self.emulator.urls
        if unreachable:
            urls = dict.fromkeys(urls, NOWHERE)
        return self._emulated.backend(urls, **({} if key is None else {"key": key}))

    def trouble(self, kind: Trouble, on: Request) -> None:
        """Let the next request go wrong."""
        if on == "find" and self._emulated.lag is None:
            pytest.skip("there is no list to look through")
        self.emulator.add_fault(Fault(FAULTS[kind], on=OPERATIONS[on], times=1))

    def accepted(self) -> list[str]:
        """What the emulator took."""
        return [job.request_id for job in self.emulator.jobs]

    def finish(self) -> None:
        """Put its clock forward."""
        self.emulator.advance(3601.0)


class Studio:
    """The preview, as the tests want it: it has no network that could fail."""

    key = "no key is needed"

    def __init__(self, root: Path) -> None:
        self._root = root
        self.params = CATALOG.read(
            {
                "provider": "seedance-2.0",
                "mode": "text-to-video",
                "prompt": "A fox",
                # The least that it renders.
                "resolution": "480p",
                "durationSeconds": 4,
            },
            backend="preview",
        )
        self.spec = CATALOG.providers["seedance-2.0"]

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """The preview on a folder of its own."""
        if key is not None or unreachable:
            pytest.skip("the preview has neither a key nor a network")
        return PreviewBackend(self._root, frame_rate=2)

    def trouble(self, kind: Trouble, on: Request) -> None:
        """There is none."""
        pytest.skip(f"the preview cannot meet {kind} on {on}")

    def accepted(self) -> list[str]:
        """The jobs of its folder."""
        return [path.name for path in self._root.iterdir() if path.is_dir()]

    def finish(self) -> None:
        """It is done when it is done."""


class Workshop(Harness):
    """A ComfyUI server behind a proxy that asks for a token."""

    key = COMFY_TOKEN

    def __init__(self) -> None:
        self.emulator = emulated(run_seconds=(3600.0, 3600.0), keys=frozenset({COMFY_TOKEN}))
        catalog = free_catalog()
        self.params = catalog.read(FREE, backend="comfyui")
        self.spec = catalog["local-free"]

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """A backend that talks to the emulator."""
        urls = {"base_url": NOWHERE} if unreachable else self.emulator.urls
        return backend_of(urls, self.key if key is None else key)

    def trouble(self, kind: Trouble, on: Request) -> None:
        """Let the next request go wrong; a job is looked up by what polls it."""
        operation = Operation.SUBMIT if on == "submit" else Operation.STATUS
        self.emulator.add_fault(Fault(FAULTS[kind], on=operation, times=1))


class RealWorkshop:
    """A real ComfyUI server, with a workflow that needs no model; nothing goes wrong on purpose."""

    key = "no key is needed"

    def __init__(self, url: str) -> None:
        self._url = url
        catalog = free_catalog()
        self.params = catalog.read(FREE, backend="comfyui")
        self.spec = catalog["local-free"]
        self._before = set(self._known())

    def backend(self, *, key: str | None = None, unreachable: bool = False) -> Backend:
        """A backend that talks to the server."""
        if key is not None:
            pytest.skip("it asks for no key")
        return backend_of({"base_url": NOWHERE if unreachable else self._url})

    def trouble(self, kind: Trouble, on: Request) -> None:
        """There is none."""
        pytest.skip(f"a real server does not meet {kind} on {on} when it should")

    def accepted(self) -> list[str]:
        """What the server took since."""
        return [each for each in self._known() if each not in self._before]

    def finish(self) -> None:
        """It is done when it is done."""

    def _known(self) -> list[str]:
        queue = httpx.get(f"{self._url}/queue").json()
        waiting = [entry[1] for name in ("queue_running", "queue_pending") for entry in queue[name]]
        return [*httpx.get(f"{self._url}/history").json(), *waiting]


class TestServices(BackendConformance):
    """The services over HTTP."""

    @pytest.fixture(params=SERVICES, ids=str)
    def service(self, request: pytest.FixtureRequest) -> Iterator[Harness]:
        harness = Harness(request.param)
        with harness.emulator:
            yield harness


class TestComfyUI(BackendConformance):
    """A server of one's own."""

    @pytest.fixture
    def service(self) -> Iterator[Workshop]:
        workshop = Workshop()
        with workshop.emulator:
            yield workshop


@pytest.mark.skipif(not REAL, reason="no real server is given, see make comfyui-proof")
class TestRealComfyUI(BackendConformance):
    """The same, as far as nothing has to go wrong for it."""

    @pytest.fixture
    def service(self) -> RealWorkshop:
        return RealWorkshop(REAL)


@pytest.mark.slow
class TestPreview(BackendConformance):
    """The embedded default."""

    @pytest.fixture
    def service(self, tmp_path: Path) -> Studio:
        return Studio(tmp_path)
