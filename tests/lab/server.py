"""A JupyterLab of one's own, which no setting of the user reaches; it has Notebook 7, too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from rushes.journal import SqliteJournal
from support.kernels import SOCKETS, clean_environment
from support.waiting import until

if TYPE_CHECKING:
    from rushes.journal import JobRecord

PATIENCE = 60.0

NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
    }
}
"""Settings that keep the page from calling hosts on the Internet."""

OPTIONS = [
    SOCKETS,
    "--no-browser",
    "--allow-root",
    "--expose-app-in-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


class LabServer:
    """A running JupyterLab on loopback.

    Args:
        folder: for everything that it writes.

    Attributes:
        root: what it serves.
        home: the home folder of `rushes` in its kernels.
        url: where it is.
        settings: of JupyterLab, by plugin; to be added to before it starts.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "served"
        self.home = folder / "home"
        self.url = ""
        self.settings: dict[str, Any] = dict(NO_NEWS)
        self._environment = clean_environment(folder, self.home)

    def __enter__(self) -> Self:
        self.root.mkdir()
        config = self.folder / ".jupyter" / "config" / "labconfig"
        config.mkdir(parents=True)
        (config / "default_setting_overrides.json").write_text(json.dumps(self.settings))
        command = [sys.executable, "-m", "jupyterlab", *OPTIONS]
        with (self.folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, f"--ServerApp.root_dir={self.root}"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.url = until(self._find_url, PATIENCE)
            until(self._answers, PATIENCE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def jobs(self, library: Path) -> list[JobRecord]:
        """The journal's records of a library, newest first."""
        journal = SqliteJournal(self.home)
        try:
            return journal.select(folder=str(library))
        finally:
            journal.close()

    def shut_kernels_down(self) -> None:
        """End all kernels, politely."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            for kernel in client.get("api/kernels").json():
                client.delete(f"api/kernels/{kernel['id']}").raise_for_status()

    def _find_url(self) -> str:
        assert self._process.poll() is None, (self.folder / "server.log").read_text()
        for path in Path(self._environment["JUPYTER_RUNTIME_DIR"]).glob("jpserver-*.json"):
            text = path.read_text()
            return str(json.loads(text)["url"]) if text.endswith("}") else ""
        return ""

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}api/status").is_success
        except httpx.TransportError:
            return False
