"""The preview as a backend: it accepts, queues, polls, cancels and reconciles like a service."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import secrets
import subprocess
import sys
import threading
from collections import Counter
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.key import Variables, without_secrets
from rushes.backends.preview.spool import Spool, SpooledJob
from rushes.backends.preview.transport import PreviewTransport
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Cancellation,
    Done,
    Failed,
    Limits,
    Passing,
    Refused,
    Status,
    Submission,
    Unknown,
    Working,
)
from rushes.backends.unreachable import unreachable
from rushes.backends.wire import IDENTITY
from rushes.contract.errors import (
    BackendUnavailable,
    InvalidParams,
    JobCancelled,
    NoBackend,
    ProviderErrorDetail,
    RushesError,
)
from rushes.contract.params import is_local
from rushes.contract.results import Cost
from rushes.io.lock import FileLock
from rushes.io.place import Place, place_of
from rushes.io.private import open_private, private_folder
from rushes.io.site import Barred, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from rushes.catalog import ProviderSpec
    from rushes.contract.params import VideoGenParams

FREE = Cost(amount=0.0, estimated=False, source="rendered on this machine")

USUAL = (1280, 720)
"""Width and height where neither the provider's file nor the request says any."""

USUAL_RATE = 24
"""Frames per second of a take."""

RATES = range(2, 61)
"""Frames per second that can be asked for."""

MOST_INPUT = 200 * 2**20
"""Bytes of an input that is fetched from an address."""

MOST_REDIRECTS = 5

INPUT_TIME = 45.0
"""Seconds for all inputs of a job together; less than the engine gives a submission."""

MOST_TRIES = 3
"""Times that the inputs of one attempt are fetched, should the engine's time be shorter."""

FRAMES = {"start_image_url": "start_image", "end_image_url": "end_image"}
"""By parameter, the part of the scene that is one frame; other media are shown over the scene."""

INPUT_FIELDS = ("start_image", "end_image", "images", "videos", "audios")


class PreviewBackend:
    """Renders each job in a process of its own, which a kernel restart does not stop.

    Sending an attempt again finds the job that its token already has, so a lost reply costs
    nothing and leaves nothing open.

    Args:
        root: the folder of the jobs.
        frame_rate: frames per second, 2 to 60. Few are rendered soon, e.g. where the tests of a
            notebook need takes that nobody watches.

    Attributes:
        reach: from where the links of inputs are followed: on the user's own machine they may lead
            to it and its networks; a gateway follows only those that a public host may have.

    Raises:
        NoBackend: when the rate is not one of `RATES`.
    """

    name = "preview"
    upload_lifetime = None
    reconciliation = "key"
    lag = 0.0

    def __init__(self, root: Path, *, frame_rate: int = USUAL_RATE) -> None:
        if frame_rate not in RATES:
            msg = f"A preview has {RATES[0]} to {RATES[-1]} frames a second, not {frame_rate}."
            raise NoBackend(msg)
        self.limits = Limits(poll_floor=0.2, first_poll=0.2)
        self.reach = Place.MACHINE
        self._frame_rate = frame_rate
        self._spool = Spool(root)
        self._begun: set[str] = set()
        self._tries: Counter[str] = Counter()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> PreviewBackend:
        """The preview in the home folder, with ``RUSHES_PREVIEW_FPS`` frames a second.

        Raises:
            NoBackend: when that is not a whole number, or not one of `RATES`.
        """
        said = Variables(environment).text("RUSHES_PREVIEW_FPS") or str(USUAL_RATE)
        if not re.fullmatch(r"[0-9]{1,3}", said) or int(said) not in RATES:
            msg = (
                f"RUSHES_PREVIEW_FPS is {said!r}; set it to a whole number from {RATES[0]} to "
                f"{RATES[-1]}, or to nothing for {USUAL_RATE}."
            )
            raise NoBackend(msg)
        return cls(home / "preview", frame_rate=int(said))

    def connect(self, client: httpx.AsyncClient) -> None:
        """Take the engine's HTTP client, for inputs that are addresses."""
        self._client = client
        self.media = httpx.AsyncClient(transport=PreviewTransport(self._spool))

    def translate(
        self, params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The scene to draw. A seed that was not given is chosen here, so that it is on record."""
        width, height = spec.pixels_of(params) or shape_of(spec.value_of(params, "aspect_ratio"))

        given = {
            name: [media.get(item, item) for item in items]
            for name, items in spec.media_of(params).items()
        }
        shown: dict[str, list[Any]] = {"image": [], "video": [], "audio": []}
        for name, items in given.items():
            medium = spec.media[name].medium
            if medium and name not in FRAMES:
                shown[medium] += items
        scene = {
            "provider": params.provider,
            "mode": params.mode,
            "width": width,
            "height": height,
            "seconds": spec.duration_of(params) or spec.usual_seconds,
            "prompt": params.prompt or "",
            "seed": secrets.randbelow(2**31) if params.seed is None else params.seed,
            "audio": params.generate_audio is not False,
            "camera_fixed": bool(params.camera_fixed),
            "frame_rate": self._frame_rate,
            **{field: next(iter(given.get(name, ())), None) for name, field in FRAMES.items()},
            "images": shown["image"],
            "videos": shown["video"],
            "audios": shown["audio"],
            "shots": [
                {"prompt": shot.prompt, "seconds": shot.duration_seconds}
                for shot in params.multi_prompt or ()
            ],
            "negative_prompt": params.negative_prompt,
            "cfg_scale": params.cfg_scale,
            "shot_type": params.shot_type,
        }
        return {"scene": scene}

    def unmarked(self, params: VideoGenParams, spec: ProviderSpec) -> SpooledJob | None:
        """Start to render a take once more, without anything written over its picture.

        Args:
            params: its request with its seed; the same frames follow from them.
            spec: its provider.

        Returns:
            The job, which may have ended already; None where its inputs are not on this machine.
        """
        scene = self.translate(params, spec, {})["scene"] | {"marked": False}
        inputs = [scene[name] for name in INPUT_FIELDS]
        given = [
            item for value in inputs for item in (value if isinstance(value, list) else [value])
        ]
        if params.seed is None or not all(item is None or Path(item).is_file() for item in given):
            return None
        text = json.dumps(scene, sort_keys=True)
        job = self._spool.accept(f"unmarked{sha256(text.encode()).hexdigest()}", {"scene": scene})
        if not job.has_ended:
            self._start(job)
        return job

    async def upload(self, path: Path) -> str:
        """A local file is where the renderer can read it already."""
        return str(path)

    async def submit(self, attempt: Attempt) -> Submission:
        """Take the job and start its process.

        Inputs that cannot be had refuse it, whatever the reason: nothing was begun.
        """
        job = self._spool.job(attempt.token)
        if not job.exists:
            self._tries[attempt.token] += 1
            if self._tries[attempt.token] > MOST_TRIES:
                await asyncio.to_thread(self._spool.drop_inputs, attempt.token)
                return Refused(_input_error(TimeoutError()))
            try:
                async with asyncio.timeout(INPUT_TIME):
                    scene = await self._with_inputs(attempt)
            except Exception as error:  # noqa: BLE001 - addresses fail in unexpected ways
                await asyncio.to_thread(self._spool.drop_inputs, attempt.token)
                return Refused(_input_error(error))
            job = await asyncio.to_thread(self._spool.accept, attempt.token, {"scene": scene})
        self._tries.pop(attempt.token, None)
        await asyncio.to_thread(self._start, job)
        await asyncio.to_thread(self._spool.clear)
        return Accepted(attempt.token)

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:  # noqa: ARG002 - the id is all there is
        """Look into the job's folder; start its process again when it has died."""
        job = self._spool.job(remote_id)
        if not job.exists:
            return Absent()
        if job.error_file.exists():
            return Failed(_error(job.read(job.error_file)))
        if job.video.exists():
            return Done(f"preview://{remote_id}/video.mp4", job.request()["scene"]["seed"], FREE)
        if FileLock(job.lock_file).is_free() and not job.has_ended:
            self._start(job)
        fraction = job.read(job.progress_file).get("fraction")
        return Working(fraction=fraction) if fraction else Working(position=self._ahead(job))

    async def cancel(self, remote_id: str, remote: Mapping[str, Any]) -> Cancellation:  # noqa: ARG002 - as above
        """Ask the process to stop."""
        job = self._spool.job(remote_id)
        if job.exists and not job.has_ended:
            job.cancel_file.touch(mode=0o600)
            return Cancellation(reached=True, may_bill=False, message="The preview was stopped.")
        return Cancellation(reached=False, may_bill=False, message="The preview had ended already.")

    async def find(self, attempt: Attempt) -> Accepted | Absent | Passing | Unknown:
        """Whether the attempt's folder is there."""
        return Accepted(attempt.token) if self._spool.job(attempt.token).exists else Absent()

    def locate(self, remote_id: str, attempt_request: Mapping[str, Any]) -> Accepted:  # noqa: ARG002 - as above
        """A token is all that a job needs."""
        return Accepted(remote_id)

    def _start(self, job: SpooledJob) -> None:
        """Start the job's process, apart from this one: no terminal, no group, no pipes."""
        if job.token in self._begun:
            return  # On a busy machine it takes a while until it holds the job's lock.
        detached: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            detached = {
                "creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
            }
        command = [sys.executable, "-m", "rushes.backends.preview.process", str(job.folder)]
        process = subprocess.Popen(  # noqa: S603 - this Python, this package, our own folder
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_secrets(os.environ),
            **detached,
        )
        self._begun.add(job.token)

        def collect() -> None:
            """Wait for the process, or it stays behind as a zombie."""
            process.wait()
            self._begun.discard(job.token)

        with suppress(RuntimeError):  # This process ends, and then nobody needs to wait.
            threading.Thread(target=collect, name="rushes-preview", daemon=True).start()

    def _ahead(self, job: SpooledJob) -> int | None:
        waiting = [
            other.token
            for other in self._spool.jobs()
            if not other.has_ended and not other.progress_file.exists()
        ]
        return waiting.index(job.token) if job.token in waiting else None

    async def _with_inputs(self, attempt: Attempt) -> dict[str, Any]:
        """The scene with every input as a local file; addresses are fetched."""
        scene = dict(attempt.request["scene"])
        for name in INPUT_FIELDS:
            value = scene[name]
            if isinstance(value, list):
                scene[name] = [await self._fetched(item, attempt.token) for item in value]
            elif value is not None:
                scene[name] = await self._fetched(value, attempt.token)
        return scene

    async def _fetched(self, value: str, token: str) -> str:
        if is_local(value):
            return value
        private_folder(self._spool.root)
        folder = self._spool.inputs(token)
        private_folder(folder.parent)
        private_folder(folder)
        target, size = folder / secrets.token_hex(16), 0
        try:
            async with self._opened(value) as response:
                with open_private(target, "xb") as file:
                    async for chunk in response.aiter_bytes():
                        size += len(chunk)
                        if size > MOST_INPUT:
                            msg = f"The input is larger than {MOST_INPUT >> 20} MiB."
                            raise InvalidParams(msg)
                        file.write(chunk)
        except Barred as barred:
            msg = f"The input is not fetched: {barred}. Save it here and give its path instead."
            raise InvalidParams(msg) from None
        except httpx.HTTPError as error:
            raise unreachable(error, f"The input at {httpx.URL(value).host}") from None
        return str(target)

    @asynccontextmanager
    async def _opened(self, address: str) -> AsyncIterator[httpx.Response]:
        """The reply with an input; a redirect leads only where the address itself could lead.

        Raises:
            Barred: when it leads elsewhere.
            InvalidParams: when there is none.
        """
        here, site = httpx.URL(address), Site(place=self.reach)
        for _ in range(MOST_REDIRECTS + 1):
            if not site.may_link(here.host):
                msg = f"{here.host} is {place_of(here.host).value}"
                raise Barred(msg)
            guard = site.guard(here.raw_host.decode())
            async with self._client.stream(
                "GET", here, headers=IDENTITY, extensions=guard
            ) as response:
                if response.next_request is None:
                    if not response.is_success:
                        msg = f"The input at {here.host} answered {response.status_code}."
                        raise InvalidParams(msg, status=response.status_code)
                    yield response
                    return
                site = Site(place=place_of(here.host))
                here = response.next_request.url
        msg = f"The input at {here.host} is redirected more than {MOST_REDIRECTS} times."
        raise InvalidParams(msg)


def _input_error(error: Exception) -> RushesError:
    """Why the inputs of a job cannot be had."""
    if isinstance(error, RushesError):
        return error
    if isinstance(error, TimeoutError):
        return InvalidParams(
            f"The inputs did not arrive within {INPUT_TIME:.0f} s. Save them here and give their "
            f"paths instead."
        )
    return InvalidParams(
        f"An input cannot be fetched ({type(error).__name__}). Check its address, or save it here "
        f"and give its path instead."
    )


def _error(data: Mapping[str, str]) -> RushesError:
    type_, message = data.get("type", "unknown"), data.get("message", "The preview failed.")
    detail = ProviderErrorDetail(type=type_, msg=message)
    if type_ == "cancelled":
        return JobCancelled(message, error_detail=detail)
    if type_ == "unreadable_input":
        return InvalidParams(f"{message} Choose another file.", error_detail=detail)
    words = f"The preview could not be rendered: {message}"
    return BackendUnavailable(words, error_detail=detail)


def shape_of(ratio: str | None) -> tuple[int, int]:
    """Width and height in a shape like ``"4:3"``, with the area of 720p, which is the usual one."""
    sides = re.fullmatch(r"([1-9]\d{0,2}):([1-9]\d{0,2})", ratio or "")
    if sides is None:
        return USUAL
    one, other = int(sides[1]), int(sides[2])
    scale = math.sqrt(USUAL[0] * USUAL[1] / (one * other))
    return round(one * scale / 4) * 4, round(other * scale / 4) * 4
