"""The methods that take a request, with its parameters spelled out for editors and type checkers.

Written by ``python scripts/signatures.py`` from the contract and the packaged providers; change
those, and run it again.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from rushes.blocking import seconds
from rushes.jobs import Jobs

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from PIL.Image import Image

    from rushes.contract.params import Shot, VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.estimate import Estimate
    from rushes.job import Job
    from rushes.plan import Plan


class HasPath(Protocol):
    """A take, or anything else that has a file."""

    @property
    def path(self) -> Any:
        """Where the file is."""


Request: TypeAlias = "VideoGenParams | Plan | Mapping[str, Any] | None"
"""A request as an object, as a plan, or in the contract's camelCase."""

Input: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Image | HasPath"
"""An image, a video or a sound: a URL, a path, bytes, a PIL image, or a take."""

# Editors offer these values; providers of your own take others.
Provider: TypeAlias = Literal["seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard"] | str  # noqa: PYI051 - as the comment says
Mode: TypeAlias = Literal["text-to-video", "image-to-video", "reference-to-video"] | str  # noqa: PYI051
AspectRatio: TypeAlias = Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] | str  # noqa: PYI051
Resolution: TypeAlias = Literal["480p", "720p", "1080p"] | str  # noqa: PYI051
ShotType: TypeAlias = Literal["customize", "intelligent"] | str  # noqa: PYI051


class Unset:
    """The value of a parameter that is not given; None takes one away from `params`."""

    def __repr__(self) -> str:
        return "unset"


UNSET: Any = Unset()

NAMES = (
    "provider",
    "mode",
    "prompt",
    "start_image_url",
    "end_image_url",
    "image_references",
    "video_references",
    "audio_references",
    "aspect_ratio",
    "resolution",
    "duration_seconds",
    "generate_audio",
    "camera_fixed",
    "seed",
    "multi_prompt",
    "shot_type",
    "negative_prompt",
    "cfg_scale",
    "client_ref",
    "request_origin",
)


class Requests(Jobs):
    """The base of a client with the methods that take a request."""

    @abstractmethod
    def _submit(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        """Put a job on record."""

    @abstractmethod
    async def _submit_aside(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        """Put a job on record without blocking the running loop."""

    @abstractmethod
    def _plan(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, *, copy: bool
    ) -> Plan:
        """Work a request out."""

    @abstractmethod
    def _estimate(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, quantity: object
    ) -> Estimate:
        """Price a request."""

    async def generate(
        self,
        params: Request = None,
        /,
        *,
        provider: Provider | None = UNSET,
        mode: Mode | None = UNSET,
        prompt: str | None = UNSET,
        start_image_url: Input | None = UNSET,
        end_image_url: Input | None = UNSET,
        image_references: Iterable[Input] | None = UNSET,
        video_references: Iterable[Input] | None = UNSET,
        audio_references: Iterable[Input] | None = UNSET,
        aspect_ratio: AspectRatio | None = UNSET,
        resolution: Resolution | None = UNSET,
        duration_seconds: int | None = UNSET,
        generate_audio: bool | None = UNSET,
        camera_fixed: bool | None = UNSET,
        seed: int | None = UNSET,
        multi_prompt: Iterable[Shot | Mapping[str, Any]] | None = UNSET,
        shot_type: ShotType | None = UNSET,
        negative_prompt: str | None = UNSET,
        cfg_scale: float | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as in asyncio.wait_for
        **more: Any,
    ) -> VideoGenResult:
        """Make a video and wait for it.

        Ending the wait, e.g. by cancelling the task, does not end the job.

        >>> result = await gen.generate(provider="kling-3.0-standard", prompt="A red fox")

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: ``"text-to-video"``, ``"image-to-video"`` or ``"reference-to-video"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: seedance-2.0, seedance-2.0-fast: First frame: a URL or a path. JPEG,
                PNG or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: First
                frame: a URL or a path. JPEG or PNG, at least 300 pixels a side, 1:2.5 to 2.5:1.
            end_image_url: seedance-2.0, seedance-2.0-fast: Last frame: a URL or a path. JPEG, PNG
                or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: Last frame: a
                URL or a path, with the limits of the first.
            image_references: seedance-2.0, seedance-2.0-fast: At most 9 URLs or paths. Cite them in
                the prompt as @Image1, @Image2, … At most 30 MB each.
            video_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Video1, … MP4 or MOV, each from 2 seconds on, together at most 15.
            audio_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on, together at most 15;
                needs an image or a video.
            aspect_ratio: seedance-2.0, seedance-2.0-fast: 21:9, 16:9, 4:3, 1:1, 3:4, 9:16, default
                16:9. Not given: 16:9 from a text, else the shape of the images or videos.
                kling-3.0-standard: 16:9, 9:16, 1:1, default 16:9. Not given: 16:9. From a start
                image Kling takes the shape of the image.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels. seedance-2.0: 480p,
                720p, 1080p, default 720p. seedance-2.0-fast: 480p, 720p, default 720p.
            duration_seconds: length of the video in whole seconds. seedance-2.0, seedance-2.0-fast:
                Whole numbers from 4 to 15 seconds, default 5. kling-3.0-standard: Whole numbers
                from 3 to 15 seconds, default 5.
            generate_audio: seedance-2.0, seedance-2.0-fast: Default True. Whether the video has a
                sound track; the price is the same. kling-3.0-standard: Default True. Whether the
                video has a sound track; a silent one costs less.
            camera_fixed: seedance-2.0, seedance-2.0-fast: Whether the camera stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard: Whole numbers from 0 to
                4294967295. Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard: 1 to 6 shots. Scenes, each with its own prompt; their
                durations add up to the video's.
            shot_type: kling-3.0-standard: customize, intelligent, default customize. customize: cut
                as the shots say; intelligent: the model decides.
            negative_prompt: kling-3.0-standard: What the video should not show.
            cfg_scale: kling-3.0-standard: Numbers from 0 to 1, default 0.5. How closely to follow
                the prompt.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            backend: the service, if not the client's.
            once: whether the request is made only once in this library: if a take of it exists or
                is in progress, that one is returned with a note, and nothing is sent. Failed and
                cancelled takes do not count; uncertain ones do. A text names one of several takes
                of the same request.
            timeout: seconds to wait; None takes the client's, and ``math.inf`` has no limit.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
            DeadlineExceeded: the wait took too long; the job continues.
            RushesError: what went wrong at the service.
        """
        limit = seconds(timeout)
        job = await self._submit_aside(params, _given(locals(), more), backend, once)
        return await job.wait(limit)

    def generate_sync(
        self,
        params: Request = None,
        /,
        *,
        provider: Provider | None = UNSET,
        mode: Mode | None = UNSET,
        prompt: str | None = UNSET,
        start_image_url: Input | None = UNSET,
        end_image_url: Input | None = UNSET,
        image_references: Iterable[Input] | None = UNSET,
        video_references: Iterable[Input] | None = UNSET,
        audio_references: Iterable[Input] | None = UNSET,
        aspect_ratio: AspectRatio | None = UNSET,
        resolution: Resolution | None = UNSET,
        duration_seconds: int | None = UNSET,
        generate_audio: bool | None = UNSET,
        camera_fixed: bool | None = UNSET,
        seed: int | None = UNSET,
        multi_prompt: Iterable[Shot | Mapping[str, Any]] | None = UNSET,
        shot_type: ShotType | None = UNSET,
        negative_prompt: str | None = UNSET,
        cfg_scale: float | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,
        **more: Any,
    ) -> VideoGenResult:
        """Make a video and block until it is finished: `generate` for scripts.

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: ``"text-to-video"``, ``"image-to-video"`` or ``"reference-to-video"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: seedance-2.0, seedance-2.0-fast: First frame: a URL or a path. JPEG,
                PNG or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: First
                frame: a URL or a path. JPEG or PNG, at least 300 pixels a side, 1:2.5 to 2.5:1.
            end_image_url: seedance-2.0, seedance-2.0-fast: Last frame: a URL or a path. JPEG, PNG
                or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: Last frame: a
                URL or a path, with the limits of the first.
            image_references: seedance-2.0, seedance-2.0-fast: At most 9 URLs or paths. Cite them in
                the prompt as @Image1, @Image2, … At most 30 MB each.
            video_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Video1, … MP4 or MOV, each from 2 seconds on, together at most 15.
            audio_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on, together at most 15;
                needs an image or a video.
            aspect_ratio: seedance-2.0, seedance-2.0-fast: 21:9, 16:9, 4:3, 1:1, 3:4, 9:16, default
                16:9. Not given: 16:9 from a text, else the shape of the images or videos.
                kling-3.0-standard: 16:9, 9:16, 1:1, default 16:9. Not given: 16:9. From a start
                image Kling takes the shape of the image.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels. seedance-2.0: 480p,
                720p, 1080p, default 720p. seedance-2.0-fast: 480p, 720p, default 720p.
            duration_seconds: length of the video in whole seconds. seedance-2.0, seedance-2.0-fast:
                Whole numbers from 4 to 15 seconds, default 5. kling-3.0-standard: Whole numbers
                from 3 to 15 seconds, default 5.
            generate_audio: seedance-2.0, seedance-2.0-fast: Default True. Whether the video has a
                sound track; the price is the same. kling-3.0-standard: Default True. Whether the
                video has a sound track; a silent one costs less.
            camera_fixed: seedance-2.0, seedance-2.0-fast: Whether the camera stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard: Whole numbers from 0 to
                4294967295. Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard: 1 to 6 shots. Scenes, each with its own prompt; their
                durations add up to the video's.
            shot_type: kling-3.0-standard: customize, intelligent, default customize. customize: cut
                as the shots say; intelligent: the model decides.
            negative_prompt: kling-3.0-standard: What the video should not show.
            cfg_scale: kling-3.0-standard: Numbers from 0 to 1, default 0.5. How closely to follow
                the prompt.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            backend: the service, if not the client's.
            once: whether the request is made only once in this library: if a take of it exists or
                is in progress, that one is returned with a note, and nothing is sent. Failed and
                cancelled takes do not count; uncertain ones do. A text names one of several takes
                of the same request.
            timeout: seconds to wait; None takes the client's, and ``math.inf`` has no limit.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
            DeadlineExceeded: the wait took too long; the job continues.
            RushesError: what went wrong at the service.
        """
        limit = seconds(timeout)
        return self._submit(params, _given(locals(), more), backend, once).result(limit)

    def submit(
        self,
        params: Request = None,
        /,
        *,
        provider: Provider | None = UNSET,
        mode: Mode | None = UNSET,
        prompt: str | None = UNSET,
        start_image_url: Input | None = UNSET,
        end_image_url: Input | None = UNSET,
        image_references: Iterable[Input] | None = UNSET,
        video_references: Iterable[Input] | None = UNSET,
        audio_references: Iterable[Input] | None = UNSET,
        aspect_ratio: AspectRatio | None = UNSET,
        resolution: Resolution | None = UNSET,
        duration_seconds: int | None = UNSET,
        generate_audio: bool | None = UNSET,
        camera_fixed: bool | None = UNSET,
        seed: int | None = UNSET,
        multi_prompt: Iterable[Shot | Mapping[str, Any]] | None = UNSET,
        shot_type: ShotType | None = UNSET,
        negative_prompt: str | None = UNSET,
        cfg_scale: float | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        **more: Any,
    ) -> Job:
        """Start making a video and return immediately; the job is recorded by then.

        >>> job = gen.submit(provider="kling-3.0-standard", prompt="A red fox", duration_seconds=3)

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: ``"text-to-video"``, ``"image-to-video"`` or ``"reference-to-video"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: seedance-2.0, seedance-2.0-fast: First frame: a URL or a path. JPEG,
                PNG or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: First
                frame: a URL or a path. JPEG or PNG, at least 300 pixels a side, 1:2.5 to 2.5:1.
            end_image_url: seedance-2.0, seedance-2.0-fast: Last frame: a URL or a path. JPEG, PNG
                or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: Last frame: a
                URL or a path, with the limits of the first.
            image_references: seedance-2.0, seedance-2.0-fast: At most 9 URLs or paths. Cite them in
                the prompt as @Image1, @Image2, … At most 30 MB each.
            video_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Video1, … MP4 or MOV, each from 2 seconds on, together at most 15.
            audio_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on, together at most 15;
                needs an image or a video.
            aspect_ratio: seedance-2.0, seedance-2.0-fast: 21:9, 16:9, 4:3, 1:1, 3:4, 9:16, default
                16:9. Not given: 16:9 from a text, else the shape of the images or videos.
                kling-3.0-standard: 16:9, 9:16, 1:1, default 16:9. Not given: 16:9. From a start
                image Kling takes the shape of the image.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels. seedance-2.0: 480p,
                720p, 1080p, default 720p. seedance-2.0-fast: 480p, 720p, default 720p.
            duration_seconds: length of the video in whole seconds. seedance-2.0, seedance-2.0-fast:
                Whole numbers from 4 to 15 seconds, default 5. kling-3.0-standard: Whole numbers
                from 3 to 15 seconds, default 5.
            generate_audio: seedance-2.0, seedance-2.0-fast: Default True. Whether the video has a
                sound track; the price is the same. kling-3.0-standard: Default True. Whether the
                video has a sound track; a silent one costs less.
            camera_fixed: seedance-2.0, seedance-2.0-fast: Whether the camera stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard: Whole numbers from 0 to
                4294967295. Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard: 1 to 6 shots. Scenes, each with its own prompt; their
                durations add up to the video's.
            shot_type: kling-3.0-standard: customize, intelligent, default customize. customize: cut
                as the shots say; intelligent: the model decides.
            negative_prompt: kling-3.0-standard: What the video should not show.
            cfg_scale: kling-3.0-standard: Numbers from 0 to 1, default 0.5. How closely to follow
                the prompt.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            backend: the service, if not the client's.
            once: whether the request is made only once in this library: if a take of it exists or
                is in progress, that one is returned with a note, and nothing is sent. Failed and
                cancelled takes do not count; uncertain ones do. A text names one of several takes
                of the same request.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
        """
        return self._submit(params, _given(locals(), more), backend, once)

    def plan(
        self,
        params: Request = None,
        /,
        *,
        provider: Provider | None = UNSET,
        mode: Mode | None = UNSET,
        prompt: str | None = UNSET,
        start_image_url: Input | None = UNSET,
        end_image_url: Input | None = UNSET,
        image_references: Iterable[Input] | None = UNSET,
        video_references: Iterable[Input] | None = UNSET,
        audio_references: Iterable[Input] | None = UNSET,
        aspect_ratio: AspectRatio | None = UNSET,
        resolution: Resolution | None = UNSET,
        duration_seconds: int | None = UNSET,
        generate_audio: bool | None = UNSET,
        camera_fixed: bool | None = UNSET,
        seed: int | None = UNSET,
        multi_prompt: Iterable[Shot | Mapping[str, Any]] | None = UNSET,
        shot_type: ShotType | None = UNSET,
        negative_prompt: str | None = UNSET,
        cfg_scale: float | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        backend: str | None = None,
        copy: bool = True,
        **more: Any,
    ) -> Plan:
        """Check a request, freeze its files and price it. Nothing is sent.

        >>> plan = gen.plan(provider="kling-3.0-standard", prompt="A red fox")
        >>> print(plan.cost)
        free

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: ``"text-to-video"``, ``"image-to-video"`` or ``"reference-to-video"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: seedance-2.0, seedance-2.0-fast: First frame: a URL or a path. JPEG,
                PNG or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: First
                frame: a URL or a path. JPEG or PNG, at least 300 pixels a side, 1:2.5 to 2.5:1.
            end_image_url: seedance-2.0, seedance-2.0-fast: Last frame: a URL or a path. JPEG, PNG
                or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: Last frame: a
                URL or a path, with the limits of the first.
            image_references: seedance-2.0, seedance-2.0-fast: At most 9 URLs or paths. Cite them in
                the prompt as @Image1, @Image2, … At most 30 MB each.
            video_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Video1, … MP4 or MOV, each from 2 seconds on, together at most 15.
            audio_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on, together at most 15;
                needs an image or a video.
            aspect_ratio: seedance-2.0, seedance-2.0-fast: 21:9, 16:9, 4:3, 1:1, 3:4, 9:16, default
                16:9. Not given: 16:9 from a text, else the shape of the images or videos.
                kling-3.0-standard: 16:9, 9:16, 1:1, default 16:9. Not given: 16:9. From a start
                image Kling takes the shape of the image.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels. seedance-2.0: 480p,
                720p, 1080p, default 720p. seedance-2.0-fast: 480p, 720p, default 720p.
            duration_seconds: length of the video in whole seconds. seedance-2.0, seedance-2.0-fast:
                Whole numbers from 4 to 15 seconds, default 5. kling-3.0-standard: Whole numbers
                from 3 to 15 seconds, default 5.
            generate_audio: seedance-2.0, seedance-2.0-fast: Default True. Whether the video has a
                sound track; the price is the same. kling-3.0-standard: Default True. Whether the
                video has a sound track; a silent one costs less.
            camera_fixed: seedance-2.0, seedance-2.0-fast: Whether the camera stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard: Whole numbers from 0 to
                4294967295. Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard: 1 to 6 shots. Scenes, each with its own prompt; their
                durations add up to the video's.
            shot_type: kling-3.0-standard: customize, intelligent, default customize. customize: cut
                as the shots say; intelligent: the model decides.
            negative_prompt: kling-3.0-standard: What the video should not show.
            cfg_scale: kling-3.0-standard: Numbers from 0 to 1, default 0.5. How closely to follow
                the prompt.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            backend: the service, if not the client's.
            copy: whether local files are copied to the home folder, so that the plan still means
                the same when it is submitted; a plan without copies is only good for looking at.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
        """
        return self._plan(params, _given(locals(), more), backend, copy=copy)

    def estimate(
        self,
        params: Request = None,
        /,
        *,
        provider: Provider | None = UNSET,
        mode: Mode | None = UNSET,
        prompt: str | None = UNSET,
        start_image_url: Input | None = UNSET,
        end_image_url: Input | None = UNSET,
        image_references: Iterable[Input] | None = UNSET,
        video_references: Iterable[Input] | None = UNSET,
        audio_references: Iterable[Input] | None = UNSET,
        aspect_ratio: AspectRatio | None = UNSET,
        resolution: Resolution | None = UNSET,
        duration_seconds: int | None = UNSET,
        generate_audio: bool | None = UNSET,
        camera_fixed: bool | None = UNSET,
        seed: int | None = UNSET,
        multi_prompt: Iterable[Shot | Mapping[str, Any]] | None = UNSET,
        shot_type: ShotType | None = UNSET,
        negative_prompt: str | None = UNSET,
        cfg_scale: float | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        backend: str | None = None,
        quantity: int = 1,
        **more: Any,
    ) -> Estimate:
        """Estimate what a request costs. Nothing is sent, and no file is copied.

        >>> print(gen.estimate(provider="kling-3.0-standard", prompt="A red fox", quantity=3))
        free

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: ``"text-to-video"``, ``"image-to-video"`` or ``"reference-to-video"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: seedance-2.0, seedance-2.0-fast: First frame: a URL or a path. JPEG,
                PNG or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: First
                frame: a URL or a path. JPEG or PNG, at least 300 pixels a side, 1:2.5 to 2.5:1.
            end_image_url: seedance-2.0, seedance-2.0-fast: Last frame: a URL or a path. JPEG, PNG
                or WebP, at most 30 MB, 300 to 6000 pixels a side. kling-3.0-standard: Last frame: a
                URL or a path, with the limits of the first.
            image_references: seedance-2.0, seedance-2.0-fast: At most 9 URLs or paths. Cite them in
                the prompt as @Image1, @Image2, … At most 30 MB each.
            video_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Video1, … MP4 or MOV, each from 2 seconds on, together at most 15.
            audio_references: seedance-2.0, seedance-2.0-fast: At most 3 URLs or paths. Cite them in
                the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on, together at most 15;
                needs an image or a video.
            aspect_ratio: seedance-2.0, seedance-2.0-fast: 21:9, 16:9, 4:3, 1:1, 3:4, 9:16, default
                16:9. Not given: 16:9 from a text, else the shape of the images or videos.
                kling-3.0-standard: 16:9, 9:16, 1:1, default 16:9. Not given: 16:9. From a start
                image Kling takes the shape of the image.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels. seedance-2.0: 480p,
                720p, 1080p, default 720p. seedance-2.0-fast: 480p, 720p, default 720p.
            duration_seconds: length of the video in whole seconds. seedance-2.0, seedance-2.0-fast:
                Whole numbers from 4 to 15 seconds, default 5. kling-3.0-standard: Whole numbers
                from 3 to 15 seconds, default 5.
            generate_audio: seedance-2.0, seedance-2.0-fast: Default True. Whether the video has a
                sound track; the price is the same. kling-3.0-standard: Default True. Whether the
                video has a sound track; a silent one costs less.
            camera_fixed: seedance-2.0, seedance-2.0-fast: Whether the camera stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard: Whole numbers from 0 to
                4294967295. Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard: 1 to 6 shots. Scenes, each with its own prompt; their
                durations add up to the video's.
            shot_type: kling-3.0-standard: customize, intelligent, default customize. customize: cut
                as the shots say; intelligent: the model decides.
            negative_prompt: kling-3.0-standard: What the video should not show.
            cfg_scale: kling-3.0-standard: Numbers from 0 to 1, default 0.5. How closely to follow
                the prompt.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            backend: the service, if not the client's.
            quantity: how many such videos.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
        """
        return self._estimate(params, _given(locals(), more), backend, quantity)


def _given(values: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request that a call gives."""
    return {name: values[name] for name in NAMES if values[name] is not UNSET} | dict(more)
