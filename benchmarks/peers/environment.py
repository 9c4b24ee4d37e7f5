"""The peers, each in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.measured import Client
from benchmarks.place import HERE

if TYPE_CHECKING:
    from pathlib import Path

FAL_CLIENT = "fal-client==1.0.3"
RUNWAYML = "runwayml==5.24.0"
MEDIAPY = "mediapy==1.2.7"
NWB_VIDEO_WIDGETS = "nwb-video-widgets==0.1.7"

VERSIONS = (FAL_CLIENT, RUNWAYML, MEDIAPY, NWB_VIDEO_WIDGETS)


def peers() -> list[Client]:
    """The peers, installed on the first call."""
    return [
        Client("fal-client", _python(FAL_CLIENT), "benchmarks.peers.fal_client_run", "fal"),
        Client("runwayml", _python(RUNWAYML), "benchmarks.peers.runwayml_run", "runway"),
    ]


def install() -> None:
    """Install all of them, so that no measurement has to."""
    peers()
    _python(MEDIAPY, "ipykernel")
    nwb_video_widgets()


def kernel_spec(name: str, data: Path) -> None:
    """Offer the environment of mediapy as a kernel of that name to a Jupyter with this folder."""
    folder = data / "kernels" / name
    folder.mkdir(parents=True)
    start = [str(_python(MEDIAPY, "ipykernel")), "-m", "ipykernel_launcher", "-f"]
    spec = {"argv": [*start, "{connection_file}"], "display_name": name, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def nwb_video_widgets() -> Path:
    """The folder of that package, without what it needs: only its page is run."""
    folder = HERE / f".venv-{NWB_VIDEO_WIDGETS.replace('==', '-')}"
    package = folder / "nwb_video_widgets"
    if not package.exists():
        print(f"Fetching {NWB_VIDEO_WIDGETS}", flush=True)
        fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        subprocess.run([*fetch, NWB_VIDEO_WIDGETS], check=True)
    return package


def _python(requirement: str, *more: str) -> Path:
    """The interpreter of an environment with one package and what it needs."""
    folder = HERE / f".venv-{requirement.replace('==', '-')}"
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    if not stamp.exists():
        print(f"Installing {requirement}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, requirement, *more], check=True)
        stamp.touch()
    return python
