"""What a server says about its jobs: by its routes for jobs or, before 0.6, queue and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import segment
from rushes.backends.protocol import Working
from rushes.backends.wire import QUICK
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.comfyui.access import Server
    from rushes.backends.wire import Response

NO_JOB = "Job not found"
"""What the server says about a job that it does not know; a proxy says something else."""

LISTS = {"queue_running": "in_progress", "queue_pending": "pending"}
"""By list of a queue, the state of its jobs."""


class Jobs:
    """The jobs of a server.

    Args:
        server: is asked.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    async def under_way(self) -> dict[str, Working]:
        """Every job that waits or runs, by its id.

        Raises:
            RushesError: when the server cannot be asked now.
        """
        response = await self._list()
        if response.status == httpx.codes.NOT_FOUND:
            listed = await self._queue()
        else:
            self._server.require(response)
            jobs = response.body.get("jobs")
            if not isinstance(jobs, list):
                msg = "The ComfyUI server's list of jobs cannot be read."
                raise BackendUnavailable(msg)
            listed = [
                (job.get("id"), job.get("status"), reply.number(job.get("priority")) or 0.0)
                for job in reply.items(jobs)
            ]
        waiting = sorted(number for _, word, number in listed if word == "pending")
        running = sum(word == "in_progress" for _, word, _ in listed)
        found = dict[str, Working]()
        for job_id, word, number in listed:
            if (named := reply.identity(job_id)) is not None:
                place = running + waiting.index(number) if word == "pending" else None
                found[named] = Working(place)
        return found

    async def job(self, prompt_id: str) -> dict[str, Any] | None:
        """What the server reports of a job; None when it reports that it has no such job.

        Raises:
            RushesError: when it cannot be asked now, or something else answers for it.
        """
        response = await self._server.ask("GET", f"api/jobs/{segment(prompt_id)}")
        if response.status == httpx.codes.NOT_FOUND:
            if response.body.get("error") == NO_JOB:
                return None
            if (await self._list()).status == httpx.codes.NOT_FOUND:
                return await self._remembered(prompt_id)
        else:
            self._server.require(response)
        if response.body.get("id") != prompt_id:
            msg = "The ComfyUI server's answer about the job cannot be read."
            raise BackendUnavailable(msg)
        return response.body

    async def stop(self, prompt_id: str) -> bool:
        """Take a job out of the queue, or interrupt it; whether that was asked for.

        Raises:
            RushesError: when the server cannot be asked now.
        """
        path = f"api/jobs/{segment(prompt_id)}/cancel"
        response = await self._server.ask("POST", path, deadline=QUICK)
        if response.status not in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
            self._server.require(response)
            return response.body.get("cancelled") is True
        # Servers before 0.26 have another route for each state.
        before = (await self.under_way()).get(prompt_id)
        if before is None:
            return False
        await self._tell("queue", {"delete": [prompt_id]})
        # Never without an id, which stops whatever runs.
        await self._tell("interrupt", {"prompt_id": prompt_id})
        return True

    async def _list(self) -> Response:
        """The answer to the question what waits and runs; 404 from a server before 0.6."""
        query = {"status": "pending,in_progress"}
        return await self._server.ask("GET", "api/jobs", params=query)

    async def _tell(self, route: str, body: Mapping[str, Any]) -> None:
        self._server.require(await self._server.ask("POST", route, json=body, deadline=QUICK))

    async def _queue(self) -> list[tuple[Any, Any, float]]:
        """The queue of a server before 0.6: id, state and number."""
        response = await self._server.ask("GET", "queue")
        self._server.require(response)
        found: list[tuple[Any, Any, float]] = []
        for name, word in LISTS.items():
            entries = response.body.get(name)
            if not isinstance(entries, list):
                msg = "The ComfyUI server's queue cannot be read."
                raise BackendUnavailable(msg)
            found += [
                (entry[1], word, reply.number(entry[0]) or 0.0)
                for entry in entries
                if isinstance(entry, list) and len(entry) > 1
            ]
        return found

    async def _remembered(self, prompt_id: str) -> dict[str, Any] | None:
        """A job in the history of a server before 0.6, as later ones report it.

        A job goes from the queue into the history in one step, so the queue is read first.
        """
        if prompt_id in await self.under_way():
            return {"status": "in_progress"}
        response = await self._server.ask("GET", f"history/{segment(prompt_id)}")
        self._server.require(response)
        entry = reply.part(response.body.get(prompt_id))
        if not entry:
            # It says so with an empty object; what cannot be read is one here, too.
            kind = response.headers.get("content-type", "").partition(";")[0]
            if kind == "application/json" and response.headers.get("content-length") == "2":
                return None
            msg = "The ComfyUI server's history cannot be read."
            raise BackendUnavailable(msg)
        status = reply.part(entry.get("status"))
        messages = status.get("messages")
        said = {
            each[0]: reply.part(each[1])
            for each in (messages if isinstance(messages, list) else [])
            if isinstance(each, list) and len(each) > 1 and isinstance(each[0], str)
        }
        word = "completed" if status.get("status_str") == "success" else "failed"
        if "execution_interrupted" in said:
            word = "cancelled"
        return {
            "status": word,
            "outputs": entry.get("outputs"),
            "execution_error": said.get("execution_error"),
        }
