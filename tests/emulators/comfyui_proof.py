"""Exchanges with a ComfyUI server, each with the outcome that rushes relies on.

The same script runs against the emulator and against a real server:
``python -m emulators.comfyui_proof http://127.0.0.1:8188``. A real one is left as it was, but for
a few small files in its folders ``input/rushes`` and ``output/rushes``.
"""

from __future__ import annotations

import asyncio
import copy
import io
import json
import secrets
import sys
import time
import uuid
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from rushes.backends.comfyui import ComfyBackend
from rushes.backends.comfyui.access import Server
from rushes.backends.comfyui.jobs import Jobs
from rushes.backends.protocol import Absent, Accepted, Attempt, Done, Ended, Working
from rushes.backends.wire import NO_KEY, Wire
from rushes.catalog import Catalog
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WORKFLOWS = Path(__file__).parents[1] / "support" / "workflows"

LONGEST = 120.0
"""Seconds for a job of the free workflow on a slow machine."""

Graph = dict[str, Any]


class Proof:
    """Exchanges with one server.

    Args:
        client: sends them.
        url: base of the server.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        site = Site.of(url)
        wire = Wire(client, "The server", NO_KEY, LONGEST, site=site)
        self._jobs = Jobs(Server(wire, self._url, str))
        self._graph: Graph = json.loads((WORKFLOWS / "free-text-to-video.json").read_text())

    # --- submitting -----------------------------------------------------------------------------

    async def an_id_of_ours_is_taken(self) -> Any:
        """The reply repeats it, and the job is found by it."""
        prompt_id = str(uuid.uuid4())
        reply = await self._post(self._named(prompt_id), prompt_id)
        found = await self._ended(prompt_id)
        said = reply.json()
        return reply.status_code, said["prompt_id"] == prompt_id, said["node_errors"], found

    async def an_id_that_is_not_canonical_is_refused(self) -> Any:
        """It has to be a lowercase UUID with hyphens."""
        reply = await self._post(self._graph, "not-a-uuid")
        return reply.status_code, reply.json()["error"]["type"]

    async def the_same_id_twice_runs_twice(self) -> Any:
        """It is an address, not a key."""
        prompt_id = str(uuid.uuid4())
        replies = [await self._post(self._named(prompt_id, str(n)), prompt_id) for n in (1, 2)]
        await self._ended(prompt_id)
        files = [await self._head(f"{prompt_id}{n}_00001_.mp4") for n in (1, 2)]
        return [reply.status_code for reply in replies], files

    async def a_broken_video_beside_a_good_preview_is_refused_for_its_target(self) -> Any:
        """Without the target it would be accepted, and end without a video."""
        graph = copy.deepcopy(self._graph)
        graph["3"]["inputs"]["width"] = -4
        reply = await self._post(graph, str(uuid.uuid4()))
        faults = reply.json()["node_errors"]["3"]["errors"]
        return reply.status_code, [fault["type"] for fault in faults]

    async def a_node_that_does_not_exist_is_refused(self) -> Any:
        """The name of the error is another one before 0.6."""
        graph = copy.deepcopy(self._graph)
        graph["3"]["class_type"] = "NoSuchNode"
        reply = await self._post(graph, str(uuid.uuid4()))
        kind = reply.json()["error"]["type"]
        return reply.status_code, kind in ("missing_node_type", "invalid_prompt")

    async def garbage_is_an_error_of_the_server(self) -> Any:
        """Not of ours, and nothing is queued."""
        reply = await self._client.post(f"{self._url}/prompt", content=b"no JSON")
        return reply.status_code

    # --- what there is --------------------------------------------------------------------------

    async def a_job_that_never_was_is_not_found(self) -> Any:
        """In words of its own."""
        reply = await self._client.get(f"{self._url}/api/jobs/{uuid.uuid4()}")
        return reply.status_code, reply.json()

    async def a_class_is_described_and_an_unknown_one_is_empty(self) -> Any:
        """The latter with code 200."""
        known = await self._client.get(f"{self._url}/object_info/EmptyImage")
        width = known.json()["EmptyImage"]["input"]["required"]["width"]
        unknown = await self._client.get(f"{self._url}/object_info/NoSuchNode")
        return (
            width[0],
            {"min", "max", "step"} <= set(width[1]),
            unknown.status_code,
            unknown.json(),
        )

    async def an_origin_of_elsewhere_is_refused(self) -> Any:
        """A page of a browser cannot call it."""
        headers = {"Origin": "http://localhost:1"}
        return (await self._client.get(f"{self._url}/prompt", headers=headers)).status_code

    async def cancelling_an_unknown_job_says_so(self) -> Any:
        """With code 200."""
        reply = await self._client.post(f"{self._url}/api/jobs/{uuid.uuid4()}/cancel")
        return reply.status_code, reply.json()

    # --- files ----------------------------------------------------------------------------------

    async def an_upload_keeps_its_name_and_other_bytes_get_another(self) -> Any:
        """The same bytes again keep it, too."""
        name = f"proof-{secrets.token_hex(4)}.png"
        named = [await self._upload(name, color) for color in ("teal", "teal", "red")]
        return [each.replace(name[:-4], "x") for each in named]

    async def a_file_is_served_in_parts(self) -> Any:
        """And its length without it."""
        prompt_id = str(uuid.uuid4())
        await self._post(self._named(prompt_id), prompt_id)
        await self._ended(prompt_id)
        params = {"filename": f"{prompt_id}_00001_.mp4", "subfolder": "rushes", "type": "output"}
        part = await self._client.get(
            f"{self._url}/view", params=params, headers={"Range": "bytes=4-7"}
        )
        none = await self._client.get(f"{self._url}/view", params=params | {"filename": "no.mp4"})
        return part.status_code, part.content, none.status_code

    # --- the backend ----------------------------------------------------------------------------

    async def the_backend_makes_a_take(self) -> Any:
        """From the request to the video's bytes, found by its token, followed by its socket."""
        backend = ComfyBackend(self._url)
        backend.connect(self._client)
        catalog = Catalog.load(WORKFLOWS)
        params = catalog.read({"provider": "local-free", "mode": "text-to-video", "prompt": "x"})
        request = backend.translate(params, catalog["local-free"], {})
        attempt = Attempt("job", secrets.token_hex(16), request, time.time())
        before = await backend.find(attempt)
        accepted = await backend.submit(attempt)
        assert isinstance(accepted, Accepted), accepted
        async with aclosing(backend.stream(accepted.remote_id, accepted.remote)) as said:
            async for each in said:
                if isinstance(each, Ended):
                    break
        status = await backend.poll(accepted.remote_id, accepted.remote)
        for _ in range(100):
            if not isinstance(status, Working):
                break
            await asyncio.sleep(0.05)
            status = await backend.poll(accepted.remote_id, accepted.remote)
        assert isinstance(status, Done), status
        video = (await backend.media.get(status.url)).content
        found = await backend.find(attempt)
        return isinstance(before, Absent), found == accepted, video[4:8], status.seed is not None

    # --- helpers --------------------------------------------------------------------------------

    def _named(self, prompt_id: str, suffix: str = "") -> Graph:
        graph = copy.deepcopy(self._graph)
        graph["6"]["inputs"]["filename_prefix"] = f"rushes/{prompt_id}{suffix}"
        return graph

    async def _post(self, graph: Graph, prompt_id: str) -> httpx.Response:
        body = {"prompt": graph, "prompt_id": prompt_id, "partial_execution_targets": ["6"]}
        return await self._client.post(f"{self._url}/prompt", json=body)

    async def _ended(self, prompt_id: str) -> str:
        """What became of a job, once nothing of its id waits or runs."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            if prompt_id not in await self._jobs.under_way():
                job = await self._jobs.job(prompt_id)
                return str(job and job.get("status"))
            await asyncio.sleep(0.05)
        return "did not end"

    async def _head(self, name: str) -> int:
        params = {"filename": name, "subfolder": "rushes", "type": "output"}
        return (await self._client.head(f"{self._url}/view", params=params)).status_code

    async def _upload(self, name: str, color: str) -> str:
        Image.new("RGB", (8, 8), color).save(picture := io.BytesIO(), "PNG")
        reply = await self._client.post(
            f"{self._url}/upload/image",
            data={"subfolder": "rushes"},
            files={"image": (name, picture.getvalue(), "image/png")},
        )
        return str(reply.json()["name"])


EXPECTED: dict[Callable[[Proof], Awaitable[Any]], Any] = {
    Proof.an_id_of_ours_is_taken: (200, True, {}, "completed"),
    Proof.an_id_that_is_not_canonical_is_refused: (400, "invalid_prompt_id"),
    Proof.the_same_id_twice_runs_twice: ([200, 200], [200, 200]),
    Proof.a_broken_video_beside_a_good_preview_is_refused_for_its_target: (
        400,
        ["value_smaller_than_min"],
    ),
    Proof.a_node_that_does_not_exist_is_refused: (400, True),
    Proof.garbage_is_an_error_of_the_server: 500,
    Proof.a_job_that_never_was_is_not_found: (404, {"error": "Job not found"}),
    Proof.a_class_is_described_and_an_unknown_one_is_empty: ("INT", True, 200, {}),
    Proof.an_origin_of_elsewhere_is_refused: 403,
    Proof.cancelling_an_unknown_job_says_so: (200, {"cancelled": False}),
    Proof.an_upload_keeps_its_name_and_other_bytes_get_another: ["x.png", "x.png", "x (1).png"],
    Proof.a_file_is_served_in_parts: (206, b"ftyp", 404),
    Proof.the_backend_makes_a_take: (True, True, b"ftyp", True),
}
"""By exchange, what comes of it: seen at ComfyUI 0.33.0."""

NEWER = {
    Proof.an_id_that_is_not_canonical_is_refused,
    Proof.a_job_that_never_was_is_not_found,
    Proof.cancelling_an_unknown_job_says_so,
}
"""Those that need a server with the routes for jobs, and its check of ids."""


async def outcomes(url: str) -> dict[str, tuple[Any, Any]]:
    """By exchange, what was expected and what came of it; an older server has fewer of them."""
    found: dict[str, tuple[Any, Any]] = {}
    async with httpx.AsyncClient(timeout=LONGEST) as client:
        proof = Proof(client, url)
        has_jobs = (await client.get(f"{url.rstrip('/')}/api/jobs")).is_success
        for exchange, expected in EXPECTED.items():
            if exchange in NEWER and not has_jobs:
                continue
            try:
                came = await exchange(proof)
            except Exception as error:  # noqa: BLE001 - the others go on
                came = f"{type(error).__name__}: {error}"
            found[exchange.__name__] = expected, came
    return found


def main() -> int:
    """Print what differs; the exit code is the number of exchanges that do."""
    found = asyncio.run(outcomes(sys.argv[1]))
    wrong = 0
    for name, (expected, came) in found.items():
        differs = expected != came
        wrong += differs
        words = f"expected {expected}, came {came}" if differs else "as expected"
        print(f"{name.replace('_', ' ')}: {words}")  # noqa: T201
    left = len(EXPECTED) - len(found)
    print(f"{len(found) - wrong} of {len(found)} as expected, {left} need a later server")  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(main())
