"""An emulator of a ComfyUI server on loopback, after what 0.33.0 was seen to do.

It can be started inside a test (`with ComfyEmulator() as comfy:`) or as a process of its own
(`python -m emulators.comfyui --settings '{"run_seconds": [1, 3]}'`).
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from emulators.comfyui_jobs import (
    ComfyJob,
    ComfyService,
    ComfySettings,
    error_of,
    events_of,
    outputs_of,
)
from emulators.comfyui_nodes import judged
from emulators.downloads import Downloads
from emulators.emulator import Emulator, settings_from_arguments
from emulators.faults import Call, Fault, FaultKind, Operation, Struck
from emulators.server import LoopbackServer
from emulators.service import Upload, call_of, json_response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    Json = dict[str, Any]

__all__ = ["COMFY_TOKEN", "ComfyEmulator", "ComfySettings", "Fault", "FaultKind", "Operation"]

COMFY_TOKEN = "proxy-token-0123456789"

LONGEST_BODY = 104_857_600

_PART = re.compile(rb'form-data; name="([^"]*)"(?:; filename="([^"]*)")?')


class PromptHost:
    """Answers everything about jobs.

    Args:
        service: State of the server.
    """

    def __init__(self, service: ComfyService) -> None:
        self._service = service

    async def submit(self, request: Request) -> Response:
        """Answer `POST /prompt`."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None

        async def reply(struck: Struck) -> Response:
            service = self._service
            await service.pause(service.settings.accept_delay)
            if not isinstance(body, dict):
                return _garbage()
            graph = body.get("prompt")
            if graph is None:
                return _refused("no_prompt", "No prompt provided")
            if not isinstance(graph, dict) or not all(
                isinstance(node, dict) and "inputs" in node for node in graph.values()
            ):
                return _garbage()
            prompt_id = body.get("prompt_id") or str(uuid.uuid4())
            if not _is_canonical(prompt_id):
                return _refused("invalid_prompt_id", "prompt_id must be a valid UUID")
            targets = body.get("partial_execution_targets")
            verdict = judged(graph, targets, service.settings.classes, service.has_input)
            if verdict.error is not None:
                said = {"error": verdict.error, "node_errors": verdict.node_errors}
                return json_response(said, 400)
            doom = struck.get(FaultKind.MODEL_FAILURE) or struck.get(FaultKind.PLATFORM_FAILURE)
            job = service.accept(prompt_id, graph, verdict.outputs, body, doom)
            await service.pause(service.settings.answer_delay, since=job.accepted_at)
            return json_response(
                {
                    "prompt_id": prompt_id,
                    "number": job.number,
                    "node_errors": verdict.node_errors,
                }
            )

        return await self._service.answer(Call(Operation.SUBMIT, "prompt", None, body), reply)

    async def jobs(self, request: Request) -> Response:
        """Answer `GET /api/jobs`."""

        async def reply(_: Struck) -> Response:
            now = self._service.clock.now()
            wanted = request.query_params.get("status")
            words = wanted.split(",") if wanted else None
            found = [
                self._entry(job, now)
                for job in self._service.known()
                if words is None or job.word(now) in words
            ]
            page = {"offset": 0, "limit": None, "total": len(found), "has_more": False}
            return json_response({"jobs": found, "pagination": page})

        return await self._service.answer(Call(Operation.STATUS), reply)

    async def job(self, request: Request) -> Response:
        """Answer `GET /api/jobs/{id}`."""
        job = self._service.find(request.path_params["id"])

        async def reply(struck: Struck) -> Response:
            if job is None or FaultKind.NOT_FOUND in struck:
                return json_response({"error": "Job not found"}, 404)
            now = self._service.clock.now()
            said = self._entry(job, now)
            if job.word(now) == "completed":
                said["outputs"] = outputs_of(job)
            said["workflow"] = {"prompt": job.graph, "extra_data": job.extra}
            return json_response(said)

        return await self._service.answer(call_of(Operation.STATUS, job), reply)

    async def cancel(self, request: Request) -> Response:
        """Answer `POST /api/jobs/{id}/cancel`."""
        job = self._service.find(request.path_params["id"])

        async def reply(_: Struck) -> Response:
            if not self._service.settings.has_cancel:
                return PlainTextResponse("405: Method Not Allowed", 405)
            return json_response({"cancelled": job is not None and self._service.cancel(job)})

        return await self._service.answer(call_of(Operation.CANCEL, job), reply)

    async def queue(self, request: Request) -> Response:
        """Answer `GET /queue`, and `POST /queue` that deletes waiting jobs."""
        now = self._service.clock.now()
        if request.method == "GET":
            said: dict[str, list[Any]] = {"queue_running": [], "queue_pending": []}
            for job in self._service.known():
                place = {"in_progress": "queue_running", "pending": "queue_pending"}
                if (word := job.word(now)) in place:
                    said[place[word]].append(_tuple(job))
            return json_response(said)
        body = json.loads(await request.body())

        async def reply(_: Struck) -> Response:
            for job in self._service.known():
                is_named = job.request_id in body.get("delete", ()) or body.get("clear")
                if is_named and job.word(now) == "pending":
                    self._service.cancel(job)
            return Response(None, 200)

        return await self._service.answer(Call(Operation.CANCEL), reply)

    async def interrupt(self, request: Request) -> Response:
        """Answer `POST /interrupt`; without an id it stops whatever runs."""
        raw = await request.body()
        prompt_id = (json.loads(raw) if raw else {}).get("prompt_id")

        async def reply(_: Struck) -> Response:
            now = self._service.clock.now()
            for job in self._service.known():
                is_meant = prompt_id in (None, job.request_id)
                if is_meant and job.word(now) == "in_progress":
                    self._service.cancel(job)
            return Response(None, 200)

        return await self._service.answer(Call(Operation.CANCEL), reply)

    async def history(self, request: Request) -> Response:
        """Answer `GET /history/{id}`."""
        job = self._service.find(request.path_params["id"])
        now = self._service.clock.now()
        if job is None or job.word(now) in ("pending", "in_progress"):
            return json_response({})
        messages: list[Any] = [["execution_start", {"prompt_id": job.request_id}]]
        if job.failure is None:
            messages.append(["execution_success", {"prompt_id": job.request_id}])
        elif job.cancelled:
            messages.append(["execution_interrupted", {"prompt_id": job.request_id}])
        else:
            messages.append(["execution_error", error_of(job)])
        is_good = job.failure is None
        said = {
            "prompt": _tuple(job),
            "outputs": outputs_of(job) if is_good else {},
            "status": {
                "status_str": "success" if is_good else "error",
                "completed": is_good,
                "messages": messages,
            },
            "meta": {},
        }
        return json_response({job.request_id: said})

    async def state(self, _: Request) -> Response:
        """Answer `GET /prompt`."""
        return json_response({"exec_info": {"queue_remaining": self.remaining()}})

    async def nodes(self, request: Request) -> Response:
        """Answer `GET /object_info` and `GET /object_info/{class}`."""
        classes = self._service.settings.classes
        name = request.path_params.get("name")
        if name is None:
            return json_response(classes)
        return json_response({name: classes[name]} if name in classes else {})

    async def stats(self, _: Request) -> Response:
        """Answer `GET /system_stats`."""
        card = {"name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", "type": "cuda"}
        return json_response(
            {
                "system": {"comfyui_version": self._service.settings.version, "argv": []},
                "devices": [card | {"vram_total": 25_393_692_672, "vram_free": 24_000_000_000}],
            }
        )

    def remaining(self) -> int:
        """Jobs that wait or run."""
        now = self._service.clock.now()
        words = [job.word(now) for job in self._service.known()]
        return sum(word in ("pending", "in_progress") for word in words)

    def _entry(self, job: ComfyJob, now: float) -> Json:
        word = job.word(now)
        said: Json = {
            "id": job.request_id,
            "status": word,
            "priority": job.number,
            "create_time": round(job.accepted_at * 1000),
            "outputs_count": len(job.targets) if word == "completed" else 0,
        }
        if word == "failed":
            said["execution_error"] = error_of(job)
        return said


class SocketHost:
    """Answers `/ws`: messages go to the socket of the client that sent the job.

    Args:
        service: State of the server.
        prompts: The jobs.
    """

    def __init__(self, service: ComfyService, prompts: PromptHost) -> None:
        self._service = service
        self._prompts = prompts

    async def serve(self, socket: WebSocket) -> None:
        """Tell a client what happens until it leaves."""
        settings = self._service.settings
        struck = self._struck()
        self._service.ledger.counts[Operation.STREAM] += 1
        given = socket.headers.get("authorization", "").removeprefix("Bearer ")
        if settings.keys and given not in settings.keys:
            await socket.close(1008)
            return
        await socket.accept()
        if FaultKind.SILENT_STREAM in struck:
            await asyncio.sleep(math.inf)
        leaving = asyncio.create_task(_left(socket))
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._tell(socket, struck, leaving)
        leaving.cancel()

    def _struck(self) -> Struck:
        faults = self._service.settings.faults
        return {each.kind: each for each in faults if each.strikes(Call(Operation.STREAM))}

    async def _tell(self, socket: WebSocket, struck: Struck, leaving: asyncio.Task[None]) -> None:
        client = socket.query_params.get("clientId")
        said_until, queued = self._service.clock.now(), -1
        await socket.send_bytes(b"\x00\x00\x00\x01preview")
        for job in self._service.known():
            if job.client_id == client and job.word(said_until) == "in_progress":
                # Of all that was said before, the node that runs is said again.
                *_, node = (
                    data
                    for at, kind, data in events_of(job, self._service.saves_at(job))
                    if kind == "executing" and at <= said_until
                )
                await socket.send_text(json.dumps({"type": "executing", "data": node}))
        while not leaving.done():
            now = self._service.clock.now()
            for job in self._service.known():
                if job.client_id != client or FaultKind.DEAF_STREAM in struck:
                    continue
                for at, kind, data in events_of(job, self._service.saves_at(job)):
                    if said_until < at <= now:
                        await socket.send_text(json.dumps({"type": kind, "data": data}))
            said_until = now
            if (count := self._prompts.remaining()) != queued:
                queued = count
                state = {"status": {"exec_info": {"queue_remaining": count}}, "sid": client}
                await socket.send_text(json.dumps({"type": "status", "data": state}))
            if FaultKind.BROKEN_STREAM in struck:
                await socket.close(1011)
                return
            await asyncio.sleep(self._service.settings.step_seconds)


class FileHost(Downloads):
    """Answers uploads, and `/view`."""

    _service: ComfyService

    async def upload(self, request: Request) -> Response:
        """Answer `POST /upload/image`."""
        raw = await request.body()
        parts = _parts(request.headers.get("content-type", ""), raw)

        async def reply(_: Struck) -> Response:
            if len(raw) > LONGEST_BODY:
                words = f"Maximum request body size {LONGEST_BODY} exceeded."
                return PlainTextResponse(words, 413)
            name, data = parts.get("image", ("", b""))
            folder = parts.get("subfolder", ("", b""))[1].decode()
            if not name or ".." in folder:
                return Response(None, 400)
            stem, _, ending = name.rpartition(".")
            count = 0
            while self._service.inputs.get((folder, name), data) != data:
                count += 1
                name = f"{stem} ({count}).{ending}"
            self._service.inputs[folder, name] = data
            address = f"{folder}/{name}"
            self._service.ledger.uploads[address] = Upload(name, "", data)
            return json_response({"name": name, "subfolder": folder, "type": "input"})

        return await self._service.answer(Call(Operation.UPLOAD), reply)

    async def view(self, request: Request) -> Response:
        """Answer `GET /view` and `HEAD /view`."""
        query = request.query_params
        name, folder = query.get("filename", ""), query.get("subfolder", "")

        async def reply(struck: Struck) -> Response:
            if ".." in name or ".." in folder:
                return Response(None, 403)
            if query.get("type", "output") == "input":
                data = self._service.inputs.get((folder, name))
            else:
                data = await self._service.output(folder, name)
            if data is None:
                return Response(None, 404)
            kind = "video/mp4" if name.endswith(".mp4") else "image/png"
            return self._file(request, data, kind, 0.0, struck)

        return await self._service.answer(Call(Operation.DOWNLOAD), reply)


class ComfyEmulator(Emulator[ComfySettings]):
    """A ComfyUI server on loopback.

    Args:
        settings: What to do; may be changed at any time through `settings`.
    """

    _service: ComfyService

    def __init__(self, settings: ComfySettings | None = None) -> None:
        server = LoopbackServer(self._answer, (0, 0, 0), web_sockets=True)
        service = ComfyService(settings or ComfySettings(), server.close_connection)
        super().__init__(service, server)
        prompts = PromptHost(service)
        files = FileHost(service)
        sockets = SocketHost(service, prompts)
        twice = [
            Route("/prompt", prompts.submit, methods=["POST"]),
            Route("/prompt", prompts.state, methods=["GET"]),
            Route("/queue", prompts.queue, methods=["GET", "POST"]),
            Route("/history/{id}", prompts.history, methods=["GET"]),
            Route("/interrupt", prompts.interrupt, methods=["POST"]),
            Route("/object_info", prompts.nodes, methods=["GET"]),
            Route("/object_info/{name}", prompts.nodes, methods=["GET"]),
            Route("/system_stats", prompts.stats, methods=["GET"]),
            Route("/upload/image", files.upload, methods=["POST"]),
            Route("/view", files.view, methods=["GET"]),
        ]
        jobs = [
            Route("/api/jobs", prompts.jobs, methods=["GET"]),
            Route("/api/jobs/{id}", prompts.job, methods=["GET"]),
            Route("/api/jobs/{id}/cancel", prompts.cancel, methods=["POST"]),
        ]
        self._app = Starlette(
            routes=[
                *twice,
                *(Route(f"/api{it.path}", it.endpoint, methods=it.methods) for it in twice),
                *(jobs if service.settings.has_jobs else ()),
                WebSocketRoute("/ws", sockets.serve),
                *self._common_routes(),
            ]
        )

    def restart(self) -> None:
        """Let the server forget its queue, history and cache; its files stay."""
        self._service.restart()

    def lose(self, address: str) -> None:
        """Delete an input file, e.g. ``"rushes/abc.png"``."""
        folder, _, name = address.rpartition("/")
        del self._service.inputs[folder, name]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not scope["path"].startswith("/_"):
            keys = self.settings.keys
            given = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
            refused: Response | None = None
            if keys and given not in keys:
                refused = PlainTextResponse("Unauthorized", 401)
            elif b"origin" in headers:
                refused = Response(None, 403)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await super()._answer(scope, receive, send)


async def _left(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return


def _parts(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name: file name and content."""
    boundary = content_type.partition("boundary=")[2].encode()
    found: dict[str, tuple[str, bytes]] = {}
    for part in body.split(b"--" + boundary)[1:-1] if boundary else []:
        head, _, content = part.partition(b"\r\n\r\n")
        if named := _PART.search(head):
            found[named[1].decode()] = (named[2] or b"").decode(), content[:-2]
    return found


def _tuple(job: ComfyJob) -> list[Any]:
    return [job.number, job.request_id, job.graph, job.extra, job.targets]


def _is_canonical(prompt_id: object) -> bool:
    try:
        return isinstance(prompt_id, str) and str(uuid.UUID(prompt_id)) == prompt_id
    except ValueError:
        return False


def _refused(kind: str, message: str) -> Response:
    error = {"type": kind, "message": message, "details": message, "extra_info": {}}
    return json_response({"error": error, "node_errors": {}}, 400)


def _garbage() -> Response:
    return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", 500)


if __name__ == "__main__":
    ComfyEmulator(settings_from_arguments(ComfySettings)).run()
