"""Firefox and WebKit as Debian has them, driven by what each speaks: BiDi and WebDriver."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from websockets.sync.client import connect

from support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0
"""Seconds that a browser may take to start, or to answer."""


class Browser(Protocol):
    """What the tests need of a browser."""

    def goto(self, address: str) -> None:
        """Load a page."""

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call an async function of the page with JSON, and return its JSON."""


class _Firefox:
    def __init__(self, address: str, stack: ExitStack) -> None:
        self._socket = stack.enter_context(connect(f"{address}/session", max_size=None))
        self._ids = itertools.count(1)
        self._call("session.new", capabilities={})
        self._page = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            reply = json.loads(self._socket.recv(timeout=PATIENCE))
            if reply.get("id") == number:
                assert reply["type"] == "success", reply
                return reply["result"]

    def goto(self, address: str) -> None:
        self._call("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, function: str, argument: Any = None) -> Any:
        call = f"(async () => JSON.stringify([await ({function})({json.dumps(argument)})]))()"
        reply = self._call(
            "script.evaluate", expression=call, target={"context": self._page}, awaitPromise=True
        )
        assert reply["type"] == "success", reply
        return json.loads(reply["result"]["value"])[0]


class _WebKit:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        options = {
            "binary": str(_minibrowser()),
            "args": ["--automation", "--autoplay-policy=allow"],
        }
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = client.post("/session", json=wanted).json()["value"]["sessionId"]
        self._post("timeouts", script=int(PATIENCE * 1000))

    def _post(self, command: str, **body: Any) -> Any:
        value = self._client.post(f"/session/{self._session}/{command}", json=body).json()["value"]
        assert not (isinstance(value, dict) and "error" in value), value
        return value

    def goto(self, address: str) -> None:
        self._post("url", url=address)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        script = (
            f"const done = arguments[0]; ({function})({json.dumps(argument)}).then("
            "(value) => done(JSON.stringify([value])), (error) => done(`! ${error}`));"
        )
        text = self._post("execute/async", script=script, args=[])
        assert not text.startswith("!"), text
        return json.loads(text)[0]


@contextmanager
def firefox() -> Iterator[Browser]:
    """Firefox without a screen, on a profile of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        prefs = {"media.autoplay.default": 0, "media.autoplay.blocking_policy": 0}
        lines = [f'user_pref("{name}", {value});' for name, value in prefs.items()]
        (Path(folder) / "user.js").write_text("\n".join(lines))
        command = ["firefox-esr", "--headless", "--no-remote", "--profile", folder]
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"], stderr=subprocess.PIPE, text=True
        )
        stack.callback(_end, process)
        assert process.stderr is not None
        address = next(line.split()[-1] for line in process.stderr if "BiDi listening on" in line)
        # What nobody reads would stop it.
        reader = threading.Thread(target=process.stderr.read)
        reader.start()
        stack.callback(process.stderr.close)
        stack.callback(reader.join)
        # Once more, so that the pipe has an end before it is read to it.
        stack.callback(_end, process)
        yield _Firefox(address, stack)


@contextmanager
def webkit() -> Iterator[Browser]:
    """WebKitGTK's own small browser, on a screen that nobody sees."""
    with ExitStack() as stack:
        reading, writing = os.pipe()
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_end, screen)
        os.close(writing)
        with os.fdopen(reading) as display:
            number = display.readline().strip()
        port = free_port()
        driver = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"],
            env={**os.environ, "DISPLAY": f":{number}", "GDK_BACKEND": "x11"},
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_end, driver)
        address = f"http://127.0.0.1:{port}"
        client = stack.enter_context(
            httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False)
        )
        _wait_for(client)
        yield _WebKit(client)


BROWSERS = {"firefox": firefox, "webkit": webkit}


def missing(name: str) -> str | None:
    """Why a browser cannot be driven here, or None."""
    needs = {"firefox": ["firefox-esr"], "webkit": ["WebKitWebDriver", "Xvfb"]}[name]
    lacking = [command for command in needs if shutil.which(command) is None]
    if name == "webkit" and _minibrowser() is None:
        lacking.append("MiniBrowser")
    return f"{', '.join(lacking)} is missing; see scripts/browsers.sh" if lacking else None


def _minibrowser() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)


def _wait_for(client: httpx.Client) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            client.get("/status")
        except httpx.TransportError:
            assert time.monotonic() < end, "the driver of WebKit does not answer"
            time.sleep(0.05)
        else:
            return


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
