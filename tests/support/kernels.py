"""A kernel of one's own, driven over Jupyter's protocol as a page does."""

from __future__ import annotations

import ast
import atexit
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from support.previews import FEW_FRAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 150.0
"""Seconds for one cell; a video takes some of them, and many on a machine with much else to do."""

SOCKETS = "--KernelManager.transport=ipc"
"""Option of a Jupyter server whose kernels listen at files of their own.

Jupyter chooses a kernel's five ports before the kernel takes them. Now and then another test's
connection has one by then, and the kernel dies.
"""

TAKE = {
    "provider": "seedance-2.0",
    "mode": "text-to-video",
    "prompt": "a paper boat in the rain",
    "resolution": "480p",
    "durationSeconds": 4,
}
"""The least that a provider offers, for tests that are not about its video."""


class CellError(Exception):
    """A cell raised something.

    Attributes:
        cell: what it had put out by then.
    """

    cell: Cell


@dataclass
class Cell:
    """What a cell has put out.

    Attributes:
        messages: contents of the messages on the channel of outputs, by their type.
    """

    messages: list[tuple[str, dict[str, Any]]]

    def printed(self) -> str:
        """Both streams in order."""
        return "".join(content["text"] for kind, content in self.messages if kind == "stream")

    def shown(self) -> list[dict[str, Any]]:
        """MIME bundles of displays and of the last expression, as they were at first."""
        kinds = {"display_data", "execute_result"}
        return [content["data"] for kind, content in self.messages if kind in kinds]

    def left(self) -> list[dict[str, Any]]:
        """The same as they are saved: each display as it was last."""
        bundles: dict[object, dict[str, Any]] = {}
        for number, (kind, content) in enumerate(self.messages):
            if kind in {"display_data", "execute_result", "update_display_data"}:
                name = content.get("transient", {}).get("display_id", number)
                bundles[name] = content["data"]
        return list(bundles.values())

    def updates(self) -> list[dict[str, Any]]:
        """MIME bundles that replaced others."""
        return [content["data"] for kind, content in self.messages if kind.startswith("update")]


class Kernel:
    """A running kernel.

    Args:
        folder: where the notebook is said to be, and where the kernel starts.
        home: the journal's folder.
        environment: more variables.
        stderr: a file for what the process prints besides its outputs; None for the terminal.

    Attributes:
        broken: outputs sent during restarts that could not be read.
    """

    def __init__(
        self,
        folder: Path,
        home: Path,
        environment: Mapping[str, str] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        # Of the folders of Jupyter, too; IPython warns where it has none.
        (folder / ".jupyter").mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.library = folder / "rushes-media"
        self.broken = 0
        self._stderr = stderr
        self._environment = clean_environment(folder, home) | dict(environment or {})
        # No folders: the kernel of this Python, whatever the user has installed as "python3".
        specs = KernelSpecManager(kernel_dirs=[])
        self.manager = KernelManager(
            kernel_name="python3",
            kernel_spec_manager=specs,
            connection_file=str(runtime_folder() / "kernel.json"),
            transport="ipc",
            shutdown_wait_time=PATIENCE,
        )

    def __enter__(self) -> Self:
        self.manager.start_kernel(cwd=str(self.folder), env=self._environment, stderr=self._stderr)
        self._client = self.manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)

    def run(self, code: str, *, attended: bool = False) -> Cell:
        """Run a cell to its end.

        Args:
            code: of the cell.
            attended: whether there is a person who could answer a question, as in JupyterLab.

        Raises:
            CellError: when it raised; with its traceback, and with the cell as `cell`.
        """
        return self._execute(code, attended=attended)[0]

    def next_display(self) -> dict[str, Any]:
        """The next MIME bundle that replaces another one, whichever cell it is from."""
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["msg_type"] == "update_display_data":
                return message["content"]["data"]

    def value(self, expression: str) -> Any:
        """The value of an expression, as far as it can be written as a literal."""
        found = self._execute("", {"value": expression})[1]["value"]
        if found["status"] != "ok":
            message = "\n".join(found["traceback"])
            raise CellError(message)
        return ast.literal_eval(found["data"]["text/plain"])

    def completions(self, code: str) -> list[str]:
        """What a page offers when Tab is pressed behind some code."""
        offered: list[str] = []
        # IPython offers nothing where that would take long, as it does on a busy machine at first.
        for _ in range(20):
            reply = self._client.complete(code, reply=True, timeout=PATIENCE)["content"]
            offered = reply["matches"]
            if offered:
                break
        return offered

    def help(self, code: str) -> str:
        """What a page shows of the name at the end of some code, without colours."""
        reply = self._client.inspect(code, reply=True, timeout=PATIENCE)["content"]
        return re.sub(r"\x1b\[[0-9;]*m", "", reply["data"].get("text/plain", ""))

    def restart(self, *, now: bool) -> None:
        """Restart it, politely or by killing it; what it held in memory is lost."""
        self.manager.restart_kernel(now=now)
        self._count_broken()
        self._client.wait_for_ready(timeout=PATIENCE)

    def quit(self) -> int | None:
        """Ask it to end, and return the code with which it does; negative when it was killed."""
        provisioner = self.manager.provisioner
        process = getattr(provisioner, "process", None)
        assert process is not None
        self.manager.shutdown_kernel()
        return process.poll()

    def _count_broken(self) -> None:
        """Read what was sent until the restart; the signature of a broken message is wrong."""
        while self._client.iopub_channel.msg_ready():
            try:
                self._client.get_iopub_msg(timeout=1)
            except ValueError:
                self.broken += 1

    def _execute(
        self,
        code: str,
        expressions: dict[str, str] | None = None,
        *,
        attended: bool = False,
    ) -> tuple[Cell, dict[str, Any]]:
        messages: list[tuple[str, dict[str, Any]]] = []
        reply = self._client.execute_interactive(
            code,
            user_expressions=expressions or {},
            allow_stdin=attended,
            timeout=PATIENCE,
            output_hook=lambda message: messages.append((message["msg_type"], message["content"])),
        )["content"]
        if reply["status"] != "ok":
            error = CellError("\n".join(reply["traceback"]))
            error.cell = Cell(messages)
            raise error
        return Cell(messages), reply["user_expressions"]


def own_sockets() -> Config:
    """Options of a `NotebookClient` whose kernel listens at files of its own."""
    return Config(KernelManager={"transport": "ipc", "ip": str(runtime_folder() / "kernel")})


def runtime_folder() -> Path:
    """A new folder with a short name until this process ends; a socket's path has 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="kernel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def clean_environment(folder: Path, home: Path) -> dict[str, str]:
    """Variables for a host: nobody's keys and settings, folders of its own."""
    foreign = ("FAL_", "RUSHES_", "JUPYTER", "JPY_", "IPYTHON", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = folder / ".jupyter"
    return kept | {
        **FEW_FRAMES,
        "RUSHES_HOME": str(home),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime_folder()),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
