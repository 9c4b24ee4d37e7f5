"""What a ComfyUI server says went wrong, with the title of the node that it is about.

An answer's tracebacks name folders of the server, and its inputs repeat the prompt: neither is
shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.contract import errors
from rushes.contract.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

MOST_FAULTS = 10
"""Faults of one graph that a message lists."""

NO_MEMORY = ("out of memory", "outofmemory", "can't allocate memory", "not enough memory")

OLD = (
    "The ComfyUI server is {version}, which does not take ids that a client chooses, so a lost "
    "reply could run a job twice. Update it to {least} or later. Nothing was sent."
)


def refusal(
    response: Response, redact: Redact, titles: Mapping[str, str] | None = None
) -> errors.RushesError:
    """What an error reply means.

    Args:
        response: the reply.
        redact: removes the token from a text.
        titles: of the nodes by their ids, for a graph that was sent.
    """
    status, body = response.status, response.body
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        words = f"The ComfyUI server did not let the request in (HTTP {status}). Check "
        words += "RUSHES_COMFYUI_TOKEN, which the proxy before it asks for."
        return errors.AuthenticationFailed(words, status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        limited = errors.RateLimited("The ComfyUI server asked to slow down.", status=status)
        limited.retry_after = response.retry_after
        return limited
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        words = "The file is larger than the ComfyUI server takes (--max-upload-size)."
        return errors.MediaError(words, status=status)
    if status == httpx.codes.BAD_REQUEST and (error := reply.part(body.get("error"))):
        return _refused_graph(error, reply.part(body.get("node_errors")), redact, titles or {})
    words = f"The ComfyUI server answered with HTTP {status}."
    return errors.BackendUnavailable(words, status=status)


def _refused_graph(
    error: Mapping[str, Any],
    node_errors: Mapping[str, Any],
    redact: Redact,
    titles: Mapping[str, str],
) -> errors.RushesError:
    said = reply.text(error.get("message"), redact)
    faults = list(_faults(node_errors, redact, titles))
    if faults:
        more = f", and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        said = f"{'; '.join(faults[:MOST_FAULTS])}{more}"
    kind = reply.text(error.get("type"), redact, most=80)
    detail = errors.ProviderErrorDetail(type=kind, msg=said)
    words = f"The ComfyUI server refused the workflow{reply.quoted(said)}"
    return errors.InvalidParams(words, status=400, error_detail=detail)


def _faults(
    node_errors: Mapping[str, Any], redact: Redact, titles: Mapping[str, str]
) -> Iterator[str]:
    for node_id, entry in node_errors.items():
        kind = reply.text(reply.part(entry).get("class_type"), redact, most=80)
        named = titles.get(node_id) or kind or f"#{reply.text(node_id, most=40)}"
        for fault in reply.items(reply.part(entry).get("errors")):
            texts = [reply.text(fault.get(key), redact, most=200) for key in ("message", "details")]
            yield f"{named}: {' - '.join(filter(None, texts))}"


def failure(
    error: Mapping[str, Any], redact: Redact, titles: Mapping[str, Any]
) -> errors.RushesError:
    """Why a job failed while it ran: the node, and its own words.

    Args:
        error: the server's report.
        redact: removes the token from a text.
        titles: of the nodes by their ids.
    """
    kind = reply.text(error.get("exception_type"), redact, most=80)
    said = reply.text(error.get("exception_message"), redact, most=400)
    titled = reply.text(titles.get(str(error.get("node_id"))), redact, most=80)
    node = titled or reply.text(error.get("node_type"), redact, most=80) or "a node"
    detail = errors.ProviderErrorDetail(type=kind, reason=node, msg=said)
    if any(sign in f"{kind} {said}".lower() for sign in NO_MEMORY):
        words = (
            f"The ComfyUI server ran out of memory in {node!r}. Choose a smaller size or a "
            f"shorter video, or a smaller version of the model."
        )
        return errors.BackendUnavailable(words, error_detail=detail)
    words = f"The workflow failed in {node!r}{reply.quoted(said)}"
    return errors.BackendUnavailable(words, error_detail=detail)


def missing(classes: Mapping[str, str], files: Mapping[str, str], off: list[str]) -> str:
    """The sentence about what a server lacks for a workflow.

    Args:
        classes: by class of nodes that it does not have, the title of one of them.
        files: by file that it does not have, the title of the node that names it.
        off: sentences about numbers that its nodes would round.
    """
    parts = []
    if classes:
        named = listed([f"{kind} ({title!r})" for kind, title in classes.items()])
        parts.append(f"it has no node {named}. Install what brings it in ComfyUI")
    if files:
        named = listed([f"{file} (for {title!r})" for file, title in files.items()])
        parts.append(f"it has no {named}. Download it into the server's models folder")
    parts += off
    return f"The ComfyUI server cannot run the workflow: {'; '.join(parts)}."
