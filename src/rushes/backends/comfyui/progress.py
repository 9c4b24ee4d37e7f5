"""What a server says about a job while it runs, from its WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rushes.backends import reply
from rushes.backends.protocol import Ended, Working
from rushes.backends.web_socket import opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from rushes.backends.comfyui.access import Server
    from rushes.backends.protocol import Status
    from rushes.backends.reply import Redact

LONGEST_SILENCE = 60.0
"""Seconds; a server that loads a model may say nothing for that long."""


class Messages:
    """What a server says about its jobs.

    Args:
        server: is asked.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    async def about(
        self,
        prompt_id: str,
        remote: Mapping[str, Any],
        status: Callable[[], Awaitable[Status]],
    ) -> AsyncGenerator[Working | Ended, None]:
        """Listen to a job until the server is done with it.

        A job's messages go to the socket of the name that it was sent with, which is its id.

        Args:
            prompt_id: id of the job.
            remote: what is known of it.
            status: polls the job, because no message says what its place in the queue is.

        Raises:
            RushesError: when the server refuses the socket, or it breaks off.
        """
        titles = reply.part(remote.get("titles"))
        working = Working()
        address = f"{self._server.url}/ws?{urlencode({'clientId': prompt_id})}"
        socket = opened(self._server.wire, address, self._server.refusal, silence=LONGEST_SILENCE)
        async with socket as texts:
            async for text in texts:
                message = reply.object_of(text.encode()) if text else {}
                data = reply.part(message.get("data"))
                is_own = data.get("prompt_id") == prompt_id
                match message.get("type"):
                    case "status":  # The queue has changed.
                        now = await status()
                        if not isinstance(now, Working):
                            yield Ended()
                            return
                        # While it runs, the other messages say more.
                        working = working if now.position is None and working.message else now
                    case "executing" if is_own and data.get("node") is None:
                        yield Ended()
                        return
                    case "executing" if is_own:
                        working = Working(message=_title(data, titles, self._server.redact))
                    case "progress" if is_own:
                        working = _in_steps(data, titles, self._server.redact) or working
                yield working


def _in_steps(data: Mapping[str, Any], titles: Mapping[str, Any], redact: Redact) -> Working | None:
    """How far a node is that says so, e.g. a sampler; of the graph that says nothing."""
    value, most = reply.count(data.get("value")), reply.count(data.get("max"))
    if value is None or not most or most == 1:
        return None
    title = _title(data, titles, redact)
    return Working(fraction=min(1.0, value / most), message=f"{title}, step {value} of {most}")


def _title(data: Mapping[str, Any], titles: Mapping[str, Any], redact: Redact) -> str:
    """The title of the node that a message is about."""
    node_id = str(data.get("node"))
    named = titles.get(node_id, f"node {node_id}")
    return reply.text(named, redact, most=80) or "a node"
