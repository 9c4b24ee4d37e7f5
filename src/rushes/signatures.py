"""The methods that take a request, with its parameters spelled out for editors and type checkers.

Written by ``python scripts/signatures.py`` from the contract and the packaged providers; change
those, and run it again.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

from rushes.awaiting import awaited
from rushes.blocking import seconds
from rushes.jobs import Jobs

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from PIL.Image import Image

    from rushes.contract.params import Shot, VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.estimate import Estimate
    from rushes.explore.rewriting import Rewrite
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
# fmt: off
Provider: TypeAlias = Literal["seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard", "kling-3.0-pro", "kling-3.0-4k", "kling-o3-standard", "kling-o3-pro", "kling-o3-4k", "seedance-2.5", "seedance-2.0-mini", "seedance-2.5-flash", "veo-3.1", "veo-3.1-fast", "veo-3.1-lite", "kling-3.0-turbo-standard", "kling-3.0-turbo-pro", "gen-4.5", "gemini-omni-flash-1.1", "aleph-2", "act-two", "wan-2.7", "wan-3.0", "wan-3.0-prime", "hailuo-2.3", "hailuo-2.3-pro", "hailuo-2.3-fast", "minimax-h3-max", "minimax-h3-max-turbo", "minimax-h3", "ltx-2.3", "ltx-2.3-fast", "ltx-2.5-fast", "pixverse-v6", "vidu-q3", "vidu-q3-turbo", "happyhorse-1.1", "happyhorse-1.0", "ray-3.2", "grok-imagine", "grok-imagine-1.5", "sync-3", "topaz-upscale"] | str  # noqa: PYI051, E501 - as the comment says
Mode: TypeAlias = Literal["text-to-video", "image-to-video", "reference-to-video", "edit", "extend", "character-performance", "keyframes-to-video", "lip-sync", "upscale"] | str  # noqa: PYI051, E501
AspectRatio: TypeAlias = Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "3:2", "2:3", "9:21", "5:4", "4:5"] | str  # noqa: PYI051, E501
Resolution: TypeAlias = Literal["480p", "720p", "1080p", "4k", "360p", "768p", "2k", "1440p", "2160p", "540p"] | str  # noqa: PYI051, E501
ShotType: TypeAlias = Literal["customize", "intelligent"] | str  # noqa: PYI051
AudioSetting: TypeAlias = Literal["auto", "origin"] | str  # noqa: PYI051
ExtendAt: TypeAlias = Literal["end", "start"] | str  # noqa: PYI051
CameraMotion: TypeAlias = Literal["dolly_in", "dolly_out", "dolly_left", "dolly_right", "jib_up", "jib_down", "static", "focus_shift"] | str  # noqa: PYI051, E501
Style: TypeAlias = Literal["anime", "3d_animation", "clay", "comic", "cyberpunk"] | str  # noqa: PYI051
SyncMode: TypeAlias = Literal["cut_off", "loop", "bounce", "silence", "remap"] | str  # noqa: PYI051
UpscaleModel: TypeAlias = Literal["Proteus", "Artemis HQ", "Artemis MQ", "Artemis LQ", "Gaia HQ", "Gaia CG", "Gaia 2", "Nyx", "Nyx Fast", "Nyx XL", "Nyx HF", "Starlight Precise 2.5", "Starlight HQ", "Starlight Mini", "Starlight Sharp", "Starlight Fast 2", "Starlight Precise 1", "Starlight Precise 2", "Starlight Fast 1"] | str  # noqa: PYI051, E501
# fmt: on


class KeyframesObject(TypedDict, total=False):
    """The fields of `keyframes`; what each object needs its help says."""

    image: Input
    seconds: float
    """0 to 30 seconds."""
    part: float
    """0 to 1. 0 is the start, 1 the end."""
    from_seconds: int
    """0 to 30 seconds."""
    to_seconds: int
    """0 to 30 seconds."""
    frame: int
    """0 to 240. 0 is the first; the last is 120 of 5 seconds and 240 of 10."""


class CharacterObject(TypedDict, total=False):
    """The fields of `character`; what it needs its help says."""

    image: Input
    video: Input


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
    "video_url",
    "keep_audio",
    "draft",
    "keyframes",
    "character",
    "performance",
    "body_control",
    "expression_intensity",
    "reference_image_url",
    "audio_setting",
    "expand_prompt",
    "extend_at",
    "camera_motion",
    "style",
    "loop",
    "audio_url",
    "sync_mode",
    "upscale_factor",
    "upscale_model",
    "client_ref",
    "request_origin",
    "final_of",
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
        self,
        params: Request,
        keywords: Mapping[str, Any],
        backend: str | None,
        *,
        copy: bool,
        rewrite: Rewrite | None = None,
    ) -> Plan:
        """Work a request out."""

    @abstractmethod
    def _estimate(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, quantity: object
    ) -> Estimate:
        """Price a request."""

    @awaited("generate_sync")
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
        video_url: Input | None = UNSET,
        keep_audio: bool | None = UNSET,
        draft: bool | None = UNSET,
        keyframes: Iterable[KeyframesObject | Mapping[str, Any]] | None = UNSET,
        character: CharacterObject | Mapping[str, Any] | None = UNSET,
        performance: Input | None = UNSET,
        body_control: bool | None = UNSET,
        expression_intensity: int | None = UNSET,
        reference_image_url: Input | None = UNSET,
        audio_setting: AudioSetting | None = UNSET,
        expand_prompt: bool | None = UNSET,
        extend_at: ExtendAt | None = UNSET,
        camera_motion: CameraMotion | None = UNSET,
        style: Style | None = UNSET,
        loop: bool | None = UNSET,
        audio_url: Input | None = UNSET,
        sync_mode: SyncMode | None = UNSET,
        upscale_factor: float | None = UNSET,
        upscale_model: UpscaleModel | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        final_of: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as in asyncio.wait_for
        progress: bool | None = None,
        **more: Any,
    ) -> VideoGenResult:
        """Make a video and wait for it; a cell or a terminal shows meanwhile how it proceeds.

        Ending the wait, e.g. by cancelling the task, does not end the job.

        >>> result = await gen.generate(provider="kling-3.0-standard", prompt="A red fox")

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: what the video is made from, in a word of the provider's, e.g.
                ``"text-to-video"``, ``"image-to-video"``, ``"edit"`` or ``"extend"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: first frame: a URL or a path. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            end_image_url: last frame: a URL or a path. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            image_references: images that the prompt refers to: URLs or paths.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            video_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Video1, … MP4 or MOV, each from 2 seconds on,
                together at most 15. seedance-2.5: At most 10 URLs or paths. Cite them in the prompt
                as @Video1, … MP4 or MOV, 1.8 to 30.2 seconds each and together.
                gemini-omni-flash-1.1: At most 3 URLs or paths. Up to three, of at most 3 seconds
                each.
            audio_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on,
                together at most 15; needs an image or a video. seedance-2.5: At most 10 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, 1.8 to 30.2 seconds each
                and together.
            aspect_ratio: width to height, e.g. ``"16:9"``. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            duration_seconds: length of the video in whole seconds. ``print(gen.catalog[provider])``
                shows what a provider takes.
            generate_audio: whether the video has audio. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera
                stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard and 10 others: Whole numbers
                from 0 to 4294967295. Fixes the random choices where the service honours it.
                wan-2.7, wan-3.0, wan-3.0-prime and 5 others: Whole numbers from 0 to 2147483647.
                Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: 1 to 6
                shots. Each with its own prompt; their durations add up to the video's.
            shot_type: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 3 others: customize,
                intelligent, default customize. customize: cut as the shots say; intelligent: the
                model decides.
            negative_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: What the
                video should not show.
            cfg_scale: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k: Numbers from 0 to 1, default
                0.5. How closely to follow the prompt.
            video_url: ``print(gen.catalog[provider])`` shows what a provider takes.
            keep_audio: kling-o3-standard, kling-o3-pro: Default True. Whether the video keeps its
                sound.
            draft: seedance-2.5: A cheap 480p take, whatever the resolution. If you like it, the
                same video is rendered in 1080p.
            keyframes: aleph-2: 1 to 5 objects with image and seconds or part, and optionally
                from_seconds and to_seconds. Images of how the video is to look, each at a time in
                seconds or at a part of the video. ray-3.2: 1 to 64 objects with image and frame.
                Images that the video passes through, each at a frame of it; a second has 24.
            character: act-two: Objects with image or video. Who performs: an image, or a video
                whose surroundings and movements stay. A face must be seen.
            performance: act-two: The video of the person whose performance it is, from 3 to 30
                seconds.
            body_control: act-two: Whether gestures are taken over as well, and not only the face.
            expression_intensity: act-two: Whole numbers from 1 to 5. How strong the character's
                expression is.
            reference_image_url: wan-2.7: What the edit follows: a URL or a path.
            audio_setting: wan-2.7: auto, origin, default auto. auto: the model decides whether the
                video gets a new one; origin: that of the video. happyhorse-1.0: auto, origin,
                default auto. auto: the model decides; origin: the sound of the video.
            expand_prompt: wan-2.7, wan-3.0, wan-3.0-prime and 3 others: Default True. Whether the
                service may rewrite the prompt before it renders.
            extend_at: ltx-2.3: end, start, default end. Where the new seconds are.
            camera_motion: ltx-2.5-fast: dolly_in, dolly_out, dolly_left, dolly_right, jib_up,
                jib_down, static, focus_shift. How the camera moves; left open, as the prompt says.
            style: pixverse-v6: anime, 3d_animation, clay, comic, cyberpunk. Not given: as the
                prompt says.
            loop: ray-3.2: Default False. Whether the end leads back to the start; only of 5
                seconds, and without an end image.
            audio_url: sync-3: What is said: a URL or a path.
            sync_mode: sync-3: cut_off, loop, bounce, silence, remap, default cut_off. cut_off ends
                with the shorter one; loop and bounce repeat the video; silence fills the sound;
                remap changes the speed of the video.
            upscale_factor: topaz-upscale: Numbers from 1 to 4, default 2. By how much each side
                grows.
            upscale_model: topaz-upscale: Proteus, Artemis HQ, Artemis MQ, Artemis LQ, Gaia HQ, Gaia
                CG, Gaia 2, Nyx, Nyx Fast, Nyx XL, Nyx HF, Starlight Precise 2.5, Starlight HQ,
                Starlight Mini, Starlight Sharp, Starlight Fast 2, Starlight Precise 1, Starlight
                Precise 2, Starlight Fast 1. Not given: fal's usual one.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
            backend: the service, if not the client's.
            once: whether the request is made only once in this library: if a take of it exists or
                is in progress, that one is returned with a note, and nothing is sent. Failed and
                cancelled takes do not count; uncertain ones do. A text names one of several takes
                of the same request.
            timeout: seconds to wait; None takes the client's, and ``math.inf`` has no limit.
            progress: whether it is shown how the job proceeds; None takes the client's.
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
        return await job.wait(limit, progress=progress)

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
        video_url: Input | None = UNSET,
        keep_audio: bool | None = UNSET,
        draft: bool | None = UNSET,
        keyframes: Iterable[KeyframesObject | Mapping[str, Any]] | None = UNSET,
        character: CharacterObject | Mapping[str, Any] | None = UNSET,
        performance: Input | None = UNSET,
        body_control: bool | None = UNSET,
        expression_intensity: int | None = UNSET,
        reference_image_url: Input | None = UNSET,
        audio_setting: AudioSetting | None = UNSET,
        expand_prompt: bool | None = UNSET,
        extend_at: ExtendAt | None = UNSET,
        camera_motion: CameraMotion | None = UNSET,
        style: Style | None = UNSET,
        loop: bool | None = UNSET,
        audio_url: Input | None = UNSET,
        sync_mode: SyncMode | None = UNSET,
        upscale_factor: float | None = UNSET,
        upscale_model: UpscaleModel | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        final_of: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,
        progress: bool | None = None,
        **more: Any,
    ) -> VideoGenResult:
        """Make a video and block until it is finished: `generate` for scripts.

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: what the video is made from, in a word of the provider's, e.g.
                ``"text-to-video"``, ``"image-to-video"``, ``"edit"`` or ``"extend"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: first frame: a URL or a path. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            end_image_url: last frame: a URL or a path. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            image_references: images that the prompt refers to: URLs or paths.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            video_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Video1, … MP4 or MOV, each from 2 seconds on,
                together at most 15. seedance-2.5: At most 10 URLs or paths. Cite them in the prompt
                as @Video1, … MP4 or MOV, 1.8 to 30.2 seconds each and together.
                gemini-omni-flash-1.1: At most 3 URLs or paths. Up to three, of at most 3 seconds
                each.
            audio_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on,
                together at most 15; needs an image or a video. seedance-2.5: At most 10 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, 1.8 to 30.2 seconds each
                and together.
            aspect_ratio: width to height, e.g. ``"16:9"``. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            duration_seconds: length of the video in whole seconds. ``print(gen.catalog[provider])``
                shows what a provider takes.
            generate_audio: whether the video has audio. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera
                stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard and 10 others: Whole numbers
                from 0 to 4294967295. Fixes the random choices where the service honours it.
                wan-2.7, wan-3.0, wan-3.0-prime and 5 others: Whole numbers from 0 to 2147483647.
                Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: 1 to 6
                shots. Each with its own prompt; their durations add up to the video's.
            shot_type: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 3 others: customize,
                intelligent, default customize. customize: cut as the shots say; intelligent: the
                model decides.
            negative_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: What the
                video should not show.
            cfg_scale: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k: Numbers from 0 to 1, default
                0.5. How closely to follow the prompt.
            video_url: ``print(gen.catalog[provider])`` shows what a provider takes.
            keep_audio: kling-o3-standard, kling-o3-pro: Default True. Whether the video keeps its
                sound.
            draft: seedance-2.5: A cheap 480p take, whatever the resolution. If you like it, the
                same video is rendered in 1080p.
            keyframes: aleph-2: 1 to 5 objects with image and seconds or part, and optionally
                from_seconds and to_seconds. Images of how the video is to look, each at a time in
                seconds or at a part of the video. ray-3.2: 1 to 64 objects with image and frame.
                Images that the video passes through, each at a frame of it; a second has 24.
            character: act-two: Objects with image or video. Who performs: an image, or a video
                whose surroundings and movements stay. A face must be seen.
            performance: act-two: The video of the person whose performance it is, from 3 to 30
                seconds.
            body_control: act-two: Whether gestures are taken over as well, and not only the face.
            expression_intensity: act-two: Whole numbers from 1 to 5. How strong the character's
                expression is.
            reference_image_url: wan-2.7: What the edit follows: a URL or a path.
            audio_setting: wan-2.7: auto, origin, default auto. auto: the model decides whether the
                video gets a new one; origin: that of the video. happyhorse-1.0: auto, origin,
                default auto. auto: the model decides; origin: the sound of the video.
            expand_prompt: wan-2.7, wan-3.0, wan-3.0-prime and 3 others: Default True. Whether the
                service may rewrite the prompt before it renders.
            extend_at: ltx-2.3: end, start, default end. Where the new seconds are.
            camera_motion: ltx-2.5-fast: dolly_in, dolly_out, dolly_left, dolly_right, jib_up,
                jib_down, static, focus_shift. How the camera moves; left open, as the prompt says.
            style: pixverse-v6: anime, 3d_animation, clay, comic, cyberpunk. Not given: as the
                prompt says.
            loop: ray-3.2: Default False. Whether the end leads back to the start; only of 5
                seconds, and without an end image.
            audio_url: sync-3: What is said: a URL or a path.
            sync_mode: sync-3: cut_off, loop, bounce, silence, remap, default cut_off. cut_off ends
                with the shorter one; loop and bounce repeat the video; silence fills the sound;
                remap changes the speed of the video.
            upscale_factor: topaz-upscale: Numbers from 1 to 4, default 2. By how much each side
                grows.
            upscale_model: topaz-upscale: Proteus, Artemis HQ, Artemis MQ, Artemis LQ, Gaia HQ, Gaia
                CG, Gaia 2, Nyx, Nyx Fast, Nyx XL, Nyx HF, Starlight Precise 2.5, Starlight HQ,
                Starlight Mini, Starlight Sharp, Starlight Fast 2, Starlight Precise 1, Starlight
                Precise 2, Starlight Fast 1. Not given: fal's usual one.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
            backend: the service, if not the client's.
            once: whether the request is made only once in this library: if a take of it exists or
                is in progress, that one is returned with a note, and nothing is sent. Failed and
                cancelled takes do not count; uncertain ones do. A text names one of several takes
                of the same request.
            timeout: seconds to wait; None takes the client's, and ``math.inf`` has no limit.
            progress: whether it is shown how the job proceeds; None takes the client's.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
            DeadlineExceeded: the wait took too long; the job continues.
            RushesError: what went wrong at the service.
        """
        limit = seconds(timeout)
        job = self._submit(params, _given(locals(), more), backend, once)
        return job.result(limit, progress=progress)

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
        video_url: Input | None = UNSET,
        keep_audio: bool | None = UNSET,
        draft: bool | None = UNSET,
        keyframes: Iterable[KeyframesObject | Mapping[str, Any]] | None = UNSET,
        character: CharacterObject | Mapping[str, Any] | None = UNSET,
        performance: Input | None = UNSET,
        body_control: bool | None = UNSET,
        expression_intensity: int | None = UNSET,
        reference_image_url: Input | None = UNSET,
        audio_setting: AudioSetting | None = UNSET,
        expand_prompt: bool | None = UNSET,
        extend_at: ExtendAt | None = UNSET,
        camera_motion: CameraMotion | None = UNSET,
        style: Style | None = UNSET,
        loop: bool | None = UNSET,
        audio_url: Input | None = UNSET,
        sync_mode: SyncMode | None = UNSET,
        upscale_factor: float | None = UNSET,
        upscale_model: UpscaleModel | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        final_of: str | None = UNSET,
        backend: str | None = None,
        once: bool | str = False,
        **more: Any,
    ) -> Job:
        """Start making a video and return immediately; the job is recorded by then.

        >>> job = gen.submit(provider="kling-3.0-standard", prompt="A red fox", duration_seconds=3)

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: what the video is made from, in a word of the provider's, e.g.
                ``"text-to-video"``, ``"image-to-video"``, ``"edit"`` or ``"extend"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: first frame: a URL or a path. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            end_image_url: last frame: a URL or a path. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            image_references: images that the prompt refers to: URLs or paths.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            video_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Video1, … MP4 or MOV, each from 2 seconds on,
                together at most 15. seedance-2.5: At most 10 URLs or paths. Cite them in the prompt
                as @Video1, … MP4 or MOV, 1.8 to 30.2 seconds each and together.
                gemini-omni-flash-1.1: At most 3 URLs or paths. Up to three, of at most 3 seconds
                each.
            audio_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on,
                together at most 15; needs an image or a video. seedance-2.5: At most 10 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, 1.8 to 30.2 seconds each
                and together.
            aspect_ratio: width to height, e.g. ``"16:9"``. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            duration_seconds: length of the video in whole seconds. ``print(gen.catalog[provider])``
                shows what a provider takes.
            generate_audio: whether the video has audio. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera
                stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard and 10 others: Whole numbers
                from 0 to 4294967295. Fixes the random choices where the service honours it.
                wan-2.7, wan-3.0, wan-3.0-prime and 5 others: Whole numbers from 0 to 2147483647.
                Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: 1 to 6
                shots. Each with its own prompt; their durations add up to the video's.
            shot_type: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 3 others: customize,
                intelligent, default customize. customize: cut as the shots say; intelligent: the
                model decides.
            negative_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: What the
                video should not show.
            cfg_scale: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k: Numbers from 0 to 1, default
                0.5. How closely to follow the prompt.
            video_url: ``print(gen.catalog[provider])`` shows what a provider takes.
            keep_audio: kling-o3-standard, kling-o3-pro: Default True. Whether the video keeps its
                sound.
            draft: seedance-2.5: A cheap 480p take, whatever the resolution. If you like it, the
                same video is rendered in 1080p.
            keyframes: aleph-2: 1 to 5 objects with image and seconds or part, and optionally
                from_seconds and to_seconds. Images of how the video is to look, each at a time in
                seconds or at a part of the video. ray-3.2: 1 to 64 objects with image and frame.
                Images that the video passes through, each at a frame of it; a second has 24.
            character: act-two: Objects with image or video. Who performs: an image, or a video
                whose surroundings and movements stay. A face must be seen.
            performance: act-two: The video of the person whose performance it is, from 3 to 30
                seconds.
            body_control: act-two: Whether gestures are taken over as well, and not only the face.
            expression_intensity: act-two: Whole numbers from 1 to 5. How strong the character's
                expression is.
            reference_image_url: wan-2.7: What the edit follows: a URL or a path.
            audio_setting: wan-2.7: auto, origin, default auto. auto: the model decides whether the
                video gets a new one; origin: that of the video. happyhorse-1.0: auto, origin,
                default auto. auto: the model decides; origin: the sound of the video.
            expand_prompt: wan-2.7, wan-3.0, wan-3.0-prime and 3 others: Default True. Whether the
                service may rewrite the prompt before it renders.
            extend_at: ltx-2.3: end, start, default end. Where the new seconds are.
            camera_motion: ltx-2.5-fast: dolly_in, dolly_out, dolly_left, dolly_right, jib_up,
                jib_down, static, focus_shift. How the camera moves; left open, as the prompt says.
            style: pixverse-v6: anime, 3d_animation, clay, comic, cyberpunk. Not given: as the
                prompt says.
            loop: ray-3.2: Default False. Whether the end leads back to the start; only of 5
                seconds, and without an end image.
            audio_url: sync-3: What is said: a URL or a path.
            sync_mode: sync-3: cut_off, loop, bounce, silence, remap, default cut_off. cut_off ends
                with the shorter one; loop and bounce repeat the video; silence fills the sound;
                remap changes the speed of the video.
            upscale_factor: topaz-upscale: Numbers from 1 to 4, default 2. By how much each side
                grows.
            upscale_model: topaz-upscale: Proteus, Artemis HQ, Artemis MQ, Artemis LQ, Gaia HQ, Gaia
                CG, Gaia 2, Nyx, Nyx Fast, Nyx XL, Nyx HF, Starlight Precise 2.5, Starlight HQ,
                Starlight Mini, Starlight Sharp, Starlight Fast 2, Starlight Precise 1, Starlight
                Precise 2, Starlight Fast 1. Not given: fal's usual one.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
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
        video_url: Input | None = UNSET,
        keep_audio: bool | None = UNSET,
        draft: bool | None = UNSET,
        keyframes: Iterable[KeyframesObject | Mapping[str, Any]] | None = UNSET,
        character: CharacterObject | Mapping[str, Any] | None = UNSET,
        performance: Input | None = UNSET,
        body_control: bool | None = UNSET,
        expression_intensity: int | None = UNSET,
        reference_image_url: Input | None = UNSET,
        audio_setting: AudioSetting | None = UNSET,
        expand_prompt: bool | None = UNSET,
        extend_at: ExtendAt | None = UNSET,
        camera_motion: CameraMotion | None = UNSET,
        style: Style | None = UNSET,
        loop: bool | None = UNSET,
        audio_url: Input | None = UNSET,
        sync_mode: SyncMode | None = UNSET,
        upscale_factor: float | None = UNSET,
        upscale_model: UpscaleModel | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        final_of: str | None = UNSET,
        backend: str | None = None,
        copy: bool = True,
        rewrite: Rewrite | None = None,
        **more: Any,
    ) -> Plan:
        """Check a request, freeze its files and price it. Nothing is sent.

        >>> plan = gen.plan(provider="kling-3.0-standard", prompt="A red fox")
        >>> print(plan.cost)
        free

        Args:
            params: the request as an object, a plan, or in the contract's camelCase.
            provider: id of the video model in the catalog, e.g. ``"seedance-2.0"``.
            mode: what the video is made from, in a word of the provider's, e.g.
                ``"text-to-video"``, ``"image-to-video"``, ``"edit"`` or ``"extend"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: first frame: a URL or a path. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            end_image_url: last frame: a URL or a path. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            image_references: images that the prompt refers to: URLs or paths.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            video_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Video1, … MP4 or MOV, each from 2 seconds on,
                together at most 15. seedance-2.5: At most 10 URLs or paths. Cite them in the prompt
                as @Video1, … MP4 or MOV, 1.8 to 30.2 seconds each and together.
                gemini-omni-flash-1.1: At most 3 URLs or paths. Up to three, of at most 3 seconds
                each.
            audio_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on,
                together at most 15; needs an image or a video. seedance-2.5: At most 10 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, 1.8 to 30.2 seconds each
                and together.
            aspect_ratio: width to height, e.g. ``"16:9"``. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            duration_seconds: length of the video in whole seconds. ``print(gen.catalog[provider])``
                shows what a provider takes.
            generate_audio: whether the video has audio. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera
                stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard and 10 others: Whole numbers
                from 0 to 4294967295. Fixes the random choices where the service honours it.
                wan-2.7, wan-3.0, wan-3.0-prime and 5 others: Whole numbers from 0 to 2147483647.
                Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: 1 to 6
                shots. Each with its own prompt; their durations add up to the video's.
            shot_type: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 3 others: customize,
                intelligent, default customize. customize: cut as the shots say; intelligent: the
                model decides.
            negative_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: What the
                video should not show.
            cfg_scale: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k: Numbers from 0 to 1, default
                0.5. How closely to follow the prompt.
            video_url: ``print(gen.catalog[provider])`` shows what a provider takes.
            keep_audio: kling-o3-standard, kling-o3-pro: Default True. Whether the video keeps its
                sound.
            draft: seedance-2.5: A cheap 480p take, whatever the resolution. If you like it, the
                same video is rendered in 1080p.
            keyframes: aleph-2: 1 to 5 objects with image and seconds or part, and optionally
                from_seconds and to_seconds. Images of how the video is to look, each at a time in
                seconds or at a part of the video. ray-3.2: 1 to 64 objects with image and frame.
                Images that the video passes through, each at a frame of it; a second has 24.
            character: act-two: Objects with image or video. Who performs: an image, or a video
                whose surroundings and movements stay. A face must be seen.
            performance: act-two: The video of the person whose performance it is, from 3 to 30
                seconds.
            body_control: act-two: Whether gestures are taken over as well, and not only the face.
            expression_intensity: act-two: Whole numbers from 1 to 5. How strong the character's
                expression is.
            reference_image_url: wan-2.7: What the edit follows: a URL or a path.
            audio_setting: wan-2.7: auto, origin, default auto. auto: the model decides whether the
                video gets a new one; origin: that of the video. happyhorse-1.0: auto, origin,
                default auto. auto: the model decides; origin: the sound of the video.
            expand_prompt: wan-2.7, wan-3.0, wan-3.0-prime and 3 others: Default True. Whether the
                service may rewrite the prompt before it renders.
            extend_at: ltx-2.3: end, start, default end. Where the new seconds are.
            camera_motion: ltx-2.5-fast: dolly_in, dolly_out, dolly_left, dolly_right, jib_up,
                jib_down, static, focus_shift. How the camera moves; left open, as the prompt says.
            style: pixverse-v6: anime, 3d_animation, clay, comic, cyberpunk. Not given: as the
                prompt says.
            loop: ray-3.2: Default False. Whether the end leads back to the start; only of 5
                seconds, and without an end image.
            audio_url: sync-3: What is said: a URL or a path.
            sync_mode: sync-3: cut_off, loop, bounce, silence, remap, default cut_off. cut_off ends
                with the shorter one; loop and bounce repeat the video; silence fills the sound;
                remap changes the speed of the video.
            upscale_factor: topaz-upscale: Numbers from 1 to 4, default 2. By how much each side
                grows.
            upscale_model: topaz-upscale: Proteus, Artemis HQ, Artemis MQ, Artemis LQ, Gaia HQ, Gaia
                CG, Gaia 2, Nyx, Nyx Fast, Nyx XL, Nyx HF, Starlight Precise 2.5, Starlight HQ,
                Starlight Mini, Starlight Sharp, Starlight Fast 2, Starlight Precise 1, Starlight
                Precise 2, Starlight Fast 1. Not given: fal's usual one.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
            backend: the service, if not the client's.
            copy: whether local files are copied to the home folder, so that the plan still means
                the same when it is submitted; a plan without copies is only good for looking at.
            rewrite: a function that makes another prompt of a prompt, or the name of an installed
                one. The plan shows both texts, and ``gen.plan(plan, prompt=...)`` changes the new
                one. It is asked once for each prompt of a library.
            more: parameters of your own providers; camelCase names are read, too.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is set up; nothing was sent.
            LibraryUnwritable: the video could not be kept; nothing was sent.
        """
        return self._plan(params, _given(locals(), more), backend, copy=copy, rewrite=rewrite)

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
        video_url: Input | None = UNSET,
        keep_audio: bool | None = UNSET,
        draft: bool | None = UNSET,
        keyframes: Iterable[KeyframesObject | Mapping[str, Any]] | None = UNSET,
        character: CharacterObject | Mapping[str, Any] | None = UNSET,
        performance: Input | None = UNSET,
        body_control: bool | None = UNSET,
        expression_intensity: int | None = UNSET,
        reference_image_url: Input | None = UNSET,
        audio_setting: AudioSetting | None = UNSET,
        expand_prompt: bool | None = UNSET,
        extend_at: ExtendAt | None = UNSET,
        camera_motion: CameraMotion | None = UNSET,
        style: Style | None = UNSET,
        loop: bool | None = UNSET,
        audio_url: Input | None = UNSET,
        sync_mode: SyncMode | None = UNSET,
        upscale_factor: float | None = UNSET,
        upscale_model: UpscaleModel | None = UNSET,
        client_ref: str | None = UNSET,
        request_origin: str | None = UNSET,
        final_of: str | None = UNSET,
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
            mode: what the video is made from, in a word of the provider's, e.g.
                ``"text-to-video"``, ``"image-to-video"``, ``"edit"`` or ``"extend"``; can be left
                out where the inputs say it.
            prompt: what the video shows.
            start_image_url: first frame: a URL or a path. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            end_image_url: last frame: a URL or a path. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            image_references: images that the prompt refers to: URLs or paths.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            video_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Video1, … MP4 or MOV, each from 2 seconds on,
                together at most 15. seedance-2.5: At most 10 URLs or paths. Cite them in the prompt
                as @Video1, … MP4 or MOV, 1.8 to 30.2 seconds each and together.
                gemini-omni-flash-1.1: At most 3 URLs or paths. Up to three, of at most 3 seconds
                each.
            audio_references: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: At most 3 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, each from 2 seconds on,
                together at most 15; needs an image or a video. seedance-2.5: At most 10 URLs or
                paths. Cite them in the prompt as @Audio1, … MP3 or WAV, 1.8 to 30.2 seconds each
                and together.
            aspect_ratio: width to height, e.g. ``"16:9"``. ``print(gen.catalog[provider])`` shows
                what a provider takes.
            resolution: e.g. ``"720p"``; the catalog has the sizes in pixels.
                ``print(gen.catalog[provider])`` shows what a provider takes.
            duration_seconds: length of the video in whole seconds. ``print(gen.catalog[provider])``
                shows what a provider takes.
            generate_audio: whether the video has audio. ``print(gen.catalog[provider])`` shows what
                a provider takes.
            camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera
                stands still.
            seed: seedance-2.0, seedance-2.0-fast, kling-3.0-standard and 10 others: Whole numbers
                from 0 to 4294967295. Fixes the random choices where the service honours it.
                wan-2.7, wan-3.0, wan-3.0-prime and 5 others: Whole numbers from 0 to 2147483647.
                Fixes the random choices where the service honours it.
            multi_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: 1 to 6
                shots. Each with its own prompt; their durations add up to the video's.
            shot_type: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 3 others: customize,
                intelligent, default customize. customize: cut as the shots say; intelligent: the
                model decides.
            negative_prompt: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k and 5 others: What the
                video should not show.
            cfg_scale: kling-3.0-standard, kling-3.0-pro, kling-3.0-4k: Numbers from 0 to 1, default
                0.5. How closely to follow the prompt.
            video_url: ``print(gen.catalog[provider])`` shows what a provider takes.
            keep_audio: kling-o3-standard, kling-o3-pro: Default True. Whether the video keeps its
                sound.
            draft: seedance-2.5: A cheap 480p take, whatever the resolution. If you like it, the
                same video is rendered in 1080p.
            keyframes: aleph-2: 1 to 5 objects with image and seconds or part, and optionally
                from_seconds and to_seconds. Images of how the video is to look, each at a time in
                seconds or at a part of the video. ray-3.2: 1 to 64 objects with image and frame.
                Images that the video passes through, each at a frame of it; a second has 24.
            character: act-two: Objects with image or video. Who performs: an image, or a video
                whose surroundings and movements stay. A face must be seen.
            performance: act-two: The video of the person whose performance it is, from 3 to 30
                seconds.
            body_control: act-two: Whether gestures are taken over as well, and not only the face.
            expression_intensity: act-two: Whole numbers from 1 to 5. How strong the character's
                expression is.
            reference_image_url: wan-2.7: What the edit follows: a URL or a path.
            audio_setting: wan-2.7: auto, origin, default auto. auto: the model decides whether the
                video gets a new one; origin: that of the video. happyhorse-1.0: auto, origin,
                default auto. auto: the model decides; origin: the sound of the video.
            expand_prompt: wan-2.7, wan-3.0, wan-3.0-prime and 3 others: Default True. Whether the
                service may rewrite the prompt before it renders.
            extend_at: ltx-2.3: end, start, default end. Where the new seconds are.
            camera_motion: ltx-2.5-fast: dolly_in, dolly_out, dolly_left, dolly_right, jib_up,
                jib_down, static, focus_shift. How the camera moves; left open, as the prompt says.
            style: pixverse-v6: anime, 3d_animation, clay, comic, cyberpunk. Not given: as the
                prompt says.
            loop: ray-3.2: Default False. Whether the end leads back to the start; only of 5
                seconds, and without an end image.
            audio_url: sync-3: What is said: a URL or a path.
            sync_mode: sync-3: cut_off, loop, bounce, silence, remap, default cut_off. cut_off ends
                with the shorter one; loop and bounce repeat the video; silence fills the sound;
                remap changes the speed of the video.
            upscale_factor: topaz-upscale: Numbers from 1 to 4, default 2. By how much each side
                grows.
            upscale_model: topaz-upscale: Proteus, Artemis HQ, Artemis MQ, Artemis LQ, Gaia HQ, Gaia
                CG, Gaia 2, Nyx, Nyx Fast, Nyx XL, Nyx HF, Starlight Precise 2.5, Starlight HQ,
                Starlight Mini, Starlight Sharp, Starlight Fast 2, Starlight Precise 1, Starlight
                Precise 2, Starlight Fast 1. Not given: fal's usual one.
            client_ref: opaque string of the caller; returned in the job's event.
            request_origin: opaque string that says where the request came from.
            final_of: id of the job whose draft is rendered in full; `Job.finalize` sets it.
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
