"""A real JupyterHub on loopback that has a gateway as its service.

`python -m gateway.hub notebook` is what it starts in place of a notebook server: it answers the
hub, and makes a take with what the hub gave it, no token of the gateway among that.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx

from support.ports import free_port
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]

PROXY = ROOT / "js/node_modules/.bin/configurable-http-proxy"

SERVICE = "rushes"

TAKE = {"provider": "kling-3.0-standard", "mode": "text-to-video", "duration_seconds": 3}

LONGEST = 120.0
"""Seconds for which the hub, or a take, may need on a busy machine."""

CONFIG = """
import os, sys
c = get_config()
said = {said!r}
c.JupyterHub.bind_url = said["url"]
c.JupyterHub.hub_bind_url = said["hub_url"]
c.JupyterHub.db_url = "sqlite:///" + said["folder"] + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = said["folder"] + "/cookie_secret"
c.JupyterHub.pid_file = said["folder"] + "/hub.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = said["folder"] + "/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "gateway.hub", "notebook"]
c.Spawner.environment = {{"RUSHES_GATEWAY_URL": said["url"] + "/services/rushes"}}
c.Spawner.env_keep = ["PATH", "PYTHONPATH"]
c.ConfigurableHTTPProxy.command = [said["proxy"]]
c.ConfigurableHTTPProxy.api_url = said["proxy_api"]
c.ConfigurableHTTPProxy.auth_token = said["secret"]
c.ConfigurableHTTPProxy.pid_file = said["folder"] + "/proxy.pid"
c.JupyterHub.services = [
    {{
        "name": "rushes",
        "url": said["service"],
        "command": said["command"],
        "environment": {{"RUSHES_PREVIEW_FPS": "2", "HOME": said["folder"]}},
    }},
    {{"name": "test", "api_token": said["token"]}},
]
c.JupyterHub.load_roles = [
    {{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "tokens"]}},
    {{"name": "user", "scopes": ["self", "access:services!service=rushes"]}},
    {{
        "name": "server",
        "scopes": [
            "users:activity!user",
            "access:servers!server",
            "access:services!service=rushes",
        ],
    }},
]
"""


class JupyterHub:
    """A hub that works from `with` to the end of the block.

    Args:
        folder: for everything that it keeps.

    Attributes:
        url: of its proxy.
        gateway: of the gateway behind it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.gateway = f"{self.url}/services/{SERVICE}"
        self._token = secrets.token_hex(16)
        self.log = folder / "hub.log"

    def __enter__(self) -> Self:
        folder = self._folder
        home = folder / "gateway"
        code = "from rushes.cli import main; main()"
        options = ["serve", "--hub", "--home", str(home), "--backend", "preview"]
        hub_port, proxy_port, service_port = free_port(), free_port(), free_port()
        said = {
            "folder": str(folder),
            "url": self.url,
            "hub_url": f"http://127.0.0.1:{hub_port}",
            "proxy": str(PROXY),
            "proxy_api": f"http://127.0.0.1:{proxy_port}",
            "service": f"http://127.0.0.1:{service_port}",
            "command": [sys.executable, "-c", code, *options],
            "secret": secrets.token_hex(16),
            "token": self._token,
        }
        (folder / "config.py").write_text(CONFIG.format(said=said), "utf-8")
        path = os.pathsep.join(filter(None, (str(ROOT / "tests"), os.environ.get("PYTHONPATH"))))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(folder / "config.py")],
                cwd=folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
            )
        self.client = httpx.Client(base_url=self.url, timeout=30.0, trust_env=False)
        until(self._answers, LONGEST)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._process.terminate()
        try:
            self._process.wait(30.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log.read_text("utf-8")
        try:
            return self.client.get(f"{self.gateway}/readyz").is_success
        except httpx.HTTPError:
            return False

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the hub's API as its administrator."""
        headers = {"Authorization": f"token {self._token}"}
        reply = self.client.request(method, f"/hub/api{path}", headers=headers, **options)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def add(self, person: str) -> None:
        """Add a person."""
        self.call("POST", f"/users/{person}")

    def token(self, person: str, scopes: Sequence[str]) -> str:
        """A token of the hub for a person."""
        made = self.call("POST", f"/users/{person}/tokens", json={"scopes": list(scopes)})
        return str(made["token"])

    def notebook(self, person: str) -> dict[str, Any]:
        """Start the notebook server of a person; what became of its take."""
        self.call("POST", f"/users/{person}/server")
        outcome = self._folder / person / "outcome.json"
        until(outcome.is_file, LONGEST)
        found: dict[str, Any] = json.loads(outcome.read_text("utf-8"))
        return found

    def stop(self, person: str) -> None:
        """End the notebook server of a person."""
        self.call("DELETE", f"/users/{person}/server")


class Answer(BaseHTTPRequestHandler):
    """Answers the hub that the server is there."""

    def do_GET(self) -> None:
        """Answer anything."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def notebook() -> None:
    """Answer the hub, and make a take."""
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    server = HTTPServer((address.hostname or "127.0.0.1", address.port or 0), Answer)
    threading.Thread(target=_make_take, daemon=True).start()
    server.serve_forever()


def _make_take() -> None:
    from rushes import RushesError, VideoGen  # noqa: PLC0415 - the hub waits for the server

    home = Path.home()
    try:
        with VideoGen(home=home / "home", library=home / "takes") as gen:
            job = gen.submit(TAKE, prompt=f"A fox of {home.name}")
            job.result()
            said = {"backend": job.backend, "files": len(list(gen.library.glob("*.mp4")))}
    except RushesError as error:
        said = {"error": error.message}
    whole = home / "outcome.part"
    whole.write_text(json.dumps(said), "utf-8")
    whole.rename(home / "outcome.json")


if __name__ == "__main__":
    notebook()
