"""What the hosts of an emulated fal share: addresses, keys and results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.drafts import can_be_rendered, in_full, is_draft
from emulators.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from emulators.clips import ClipSpec
    from emulators.fal_settings import FalSettings
    from emulators.jobs import Job


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs of fal's hosts here, without trailing slash.

    Attributes:
        queue: Stands for queue.fal.run.
        rest: Stands for rest.fal.ai.
        api: Stands for api.fal.ai/v1.
        media: Stands for the media host; another origin than the three above.
        cdn: Stands for the upload host v3.fal.media; the media origin.
        elsewhere: A third origin, which nobody but a redirect names.
    """

    queue: str
    rest: str
    api: str
    media: str
    cdn: str
    elsewhere: str


class FalService(Service):
    """State and rules common to all hosts.

    Args:
        settings: What to do; read anew for each request.
        close_connection: Closes the connection of a peer given by host and port.
    """

    settings: FalSettings

    def __init__(
        self, settings: FalSettings, close_connection: Callable[[tuple[str, int]], None]
    ) -> None:
        super().__init__(settings, close_connection)
        self.addresses = Addresses("", "", "", "", "", "")

    def refused_key(self, request: Request) -> tuple[int, str] | None:
        """Return HTTP code and text if the request's key is not let in."""
        header = request.headers.get("authorization")
        if header is None:
            return 401, "Authorization header is required"
        scheme, _, key = header.partition(" ")
        if scheme != "Key" or not all(key.partition(":")):
            text = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."
            return 401, text
        if key in self.settings.locked_keys:
            text = "User is locked. Reason: Exhausted balance. "
            return 403, text + "Top up your balance at fal.ai/dashboard/billing."
        return None if key in self.settings.keys else (401, "invalid key credentials")

    def hosted_type(self, url: str) -> str | None:
        """Return the content type of a file of ours, None if it is gone, "" if it is not ours."""
        if not url.startswith(f"{self.media_url}/"):
            return ""
        if (upload := self.ledger.uploads.get(url)) is not None:
            return None if upload.data is None else upload.content_type
        return "video/mp4" if url.removeprefix(self.media_url) in self.links else None

    def drafted(self, value: Any) -> ClipSpec | None:
        """Return the video that the draft becomes which an input names; None if there is none."""
        name = value.get("draft_id") if isinstance(value, dict) else None
        job = self.ledger.jobs.get(str(name).removeprefix("draft-"))
        return in_full(job) if job and can_be_rendered(job, self.clock.now()) else None

    async def output(self, job: Job) -> dict[str, Any]:
        """Return the result body of a completed job: a model's output or its error."""
        if job.failure is not None:
            return job.failure.body
        size = len(await self.video(job))
        file = {
            "url": self.link(job).url,
            "content_type": "video/mp4",
            "file_name": "output.mp4",
            "file_size": size,
        }
        if is_draft(job):
            return {"video": file, "seed": job.seed, "draft_id": f"draft-{job.request_id}"}
        if job.endpoint.startswith("bytedance/"):
            return {"video": file, "seed": job.seed}
        return {"video": file}
