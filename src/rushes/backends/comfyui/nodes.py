"""What a server's nodes take, read before a graph is sent, so that what it lacks is named."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.address import segment
from rushes.backends.comfyui.refusal import missing
from rushes.catalog.workflow import title_of
from rushes.contract.errors import InvalidParams
from rushes.contract.wording import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rushes.backends.comfyui.access import Server

FRESH = 30.0
"""Seconds for which an answer is used again: someone may install a node or a model meanwhile."""

AT_ONCE = 8
"""Questions about nodes at the same time."""

PARTNERS = (
    "The workflow has nodes of paid services ({nodes}), which cost credits of your Comfy account. "
    "Say so in its provider file: partner = true in the table of the workflow, and a price. "
    "Nothing was sent."
)


@dataclass(frozen=True)
class _Known:
    """A class of nodes as the server described it, and the monotonic time of that."""

    said: Mapping[str, Any]
    at: float


class Nodes:
    """The classes of nodes of one server.

    Args:
        server: is asked.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, _Known] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def require(self, request: Mapping[str, Any]) -> None:
        """Make sure that the server can run a request's graph, and for nothing if it should.

        Raises:
            InvalidParams: naming every node and model that it lacks, or the nodes that cost money.
            RushesError: when it cannot be asked now.
        """
        graph = request["graph"]
        said = await self.describe_all(graph)
        filled = {(node_id, name) for node_id, name in request.get("filled", ())}
        if (words := lacking(graph, said, filled)) is not None:
            for kind in said:  # Asked again next time: it may be installed meanwhile.
                self._known.pop(kind, None)
            msg = f"{words} Nothing was sent."
            raise InvalidParams(msg)
        paid = [kind for kind, described in said.items() if described.get("api_node") is True]
        if paid and request.get("partner") is not True:
            raise InvalidParams(PARTNERS.format(nodes=listed(paid)))

    async def describe_all(self, graph: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """By class, the server's description of a graph's nodes; empty if it does not have it.

        Raises:
            RushesError: when it cannot be asked now.
        """
        kinds = dict.fromkeys(node["class_type"] for node in graph.values())
        # All of them end before an error is raised, so that no question is left open behind it.
        said = await asyncio.gather(*map(self.describe, kinds), return_exceptions=True)
        found: dict[str, Mapping[str, Any]] = {}
        for kind, described in zip(kinds, said, strict=True):
            if isinstance(described, BaseException):
                raise described
            found[kind] = described
        return found

    async def describe(self, kind: str) -> Mapping[str, Any]:
        """The server's description of a class of nodes; empty if it does not have it.

        Raises:
            RushesError: when it cannot be asked now.
        """
        known = self._known.get(kind)
        if known is not None and time.monotonic() - known.at < FRESH:
            return known.said
        at = time.monotonic()
        async with self._turns:
            response = await self._server.ask("GET", f"object_info/{segment(kind)}")
        self._server.require(response)
        said = reply.part(response.body.get(kind))
        self._known[kind] = _Known(said, at)
        return said


def lacking(
    graph: Mapping[str, Any],
    said: Mapping[str, Mapping[str, Any]],
    filled: Collection[tuple[str, str]] = (),
) -> str | None:
    """What a server lacks for a graph, as a sentence; None if nothing.

    Args:
        graph: nodes by id.
        said: the server's description of their classes.
        filled: the inputs that a request fills, whose numbers have to be on the nodes' grids.
    """
    classes: dict[str, str] = {}
    files: dict[str, str] = {}
    off: list[str] = []
    for node_id, node in graph.items():
        described = said[node["class_type"]]
        if not described:
            classes.setdefault(node["class_type"], title_of(node))
            continue
        for name, value in node["inputs"].items():
            wanted = _wanted(described, name)
            if _is_absent_file(wanted, value):
                files.setdefault(str(value), title_of(node))
            elif (node_id, name) in filled and (rule := _grid(wanted, value)):
                off.append(f"{name} of {title_of(node)!r} is {value}, and {rule}")
    return missing(classes, files, off) if classes or files or off else None


def _wanted(described: Mapping[str, Any], name: str) -> list[Any]:
    """The type of an input and its options, as the server describes them."""
    inputs = reply.part(described.get("input"))
    for group in ("required", "optional"):
        found = reply.part(inputs.get(group)).get(name)
        if isinstance(found, list) and found:
            return found
    return []


def options_of(wanted: list[Any]) -> list[Any] | None:
    """The choices of an input; None if it is not a fixed choice.

    Older nodes have the list in place of the type, newer ones among the options. What was uploaded
    is listed only in part, and some lists are fetched by the page.
    """
    details = reply.part(wanted[1]) if len(wanted) > 1 else {}
    if any(name.endswith("_upload") or name == "remote" for name in details):
        return None
    found = wanted[0] if wanted and isinstance(wanted[0], list) else details.get("options")
    return found if isinstance(found, list) else None


def _is_absent_file(wanted: list[Any], value: Any) -> bool:
    """Whether an input names a file, e.g. of a model, that the server does not have."""
    options = options_of(wanted)
    return options is not None and isinstance(value, str) and value not in options


def _grid(wanted: list[Any], value: Any) -> str | None:
    """Why the server would round a number silently; None if it would not."""
    if not wanted or wanted[0] != "INT" or len(wanted) == 1 or not isinstance(value, int):
        return None
    details = reply.part(wanted[1])
    low, step = reply.integer(details.get("min")) or 0, reply.integer(details.get("step")) or 1
    if step <= 1 or (value - low) % step == 0 or value % step == 0 == low % step:
        return None
    return f"the node takes {low}, {low + step}, {low + 2 * step} and so on"
