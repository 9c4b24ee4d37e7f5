"""Converts Kling's errors.

Source: Kling API documentation, "Error codes", September 2026. The code in the body decides, not
the HTTP status: 429 is the status of temporary limits, of empty accounts and of missing
permissions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rushes.backends import reply
from rushes.contract import errors

if TYPE_CHECKING:
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

BAD_VALUE = 1201
"""Kling's code for an invalid field; its message says which."""

NAME_TAKEN = re.compile(r"external.*(exist|duplicat|repeat|unique|already|used)", re.IGNORECASE)
"""Text for a task name that already exists. Names are unique, so the task is the attempt's own: the
request was duplicated in transit."""

UNKNOWN_RESOURCE = 1203
"""Kling's code for an id, or a model, that does not exist."""

FIRST_REFUSAL, LAST_REFUSAL = 1000, 1304
"""Codes that Kling returns before it creates a task."""

FIRST_TROUBLE = 5000
"""From this code on Kling itself failed, and may have created the task."""

REQUEST_TIMEOUT = 408

SHORTEST_WAIT, USUAL_WAIT = 1.0, 2.0
"""Seconds to wait after 1302 and 1303. Kling requires at least one second."""

WRONG_KEY = (
    "Kling rejected the key{said} Check {keys}, and KLING_REGION: a key works in its own "
    "region only."
)
WRONG_TIME = "Kling reports that the token has a wrong date{said} Correct this machine's clock."
REFUSED = "Kling refused the request{said}"
UNSAFE = "Kling's content filter rejected the request{said} Change the prompt or the input."
FAILED = "Kling failed while processing the job{said}"
TOO_FAST = "Kling asked to slow down{said}"
FULL = (
    "The account's limit of concurrent Kling jobs is reached{said} This job waits here and is "
    "sent when another one ends."
)
NO_MONEY = "The Kling account has no balance left{said} Top it up, or buy a resource pack."
WRONG_ADDRESS = (
    "Kling rejects calls from this machine's IP address{said} Change the list of addresses in its "
    "console."
)

BY_CODE: dict[int, tuple[type[errors.RushesError], str]] = {
    1000: (errors.AuthenticationFailed, WRONG_KEY),
    1001: (errors.AuthenticationFailed, WRONG_KEY),
    1002: (errors.AuthenticationFailed, WRONG_KEY),
    1003: (errors.AuthenticationFailed, WRONG_TIME),
    1004: (errors.AuthenticationFailed, WRONG_TIME),
    1100: (errors.PolicyDenied, "Kling reports a problem with the account{said} See its console."),
    1101: (errors.CreditsExhausted, "The Kling account is in arrears{said} Top it up."),
    1102: (errors.CreditsExhausted, NO_MONEY),
    1103: (errors.PolicyDenied, "Kling does not allow this account or key to do that{said}"),
    1200: (errors.InvalidParams, REFUSED),
    BAD_VALUE: (errors.InvalidParams, REFUSED),
    1202: (
        errors.BackendUnavailable,
        "Kling does not offer this call, or no longer offers it{said}",
    ),
    UNKNOWN_RESOURCE: (errors.BackendUnavailable, "Kling does not know the model or job{said}"),
    1300: (errors.SafetyFilter, UNSAFE),
    1301: (errors.SafetyFilter, UNSAFE),
    1302: (errors.RateLimited, TOO_FAST),
    1303: (errors.RateLimited, FULL),
    1304: (errors.PolicyDenied, WRONG_ADDRESS),
    FIRST_TROUBLE: (errors.BackendUnavailable, FAILED),
    5001: (errors.BackendUnavailable, "Kling is being maintained{said}"),
    5002: (errors.BackendUnavailable, "Kling took too long{said}"),
}

BY_STATUS: dict[int, tuple[type[errors.RushesError], str]] = {
    401: (errors.AuthenticationFailed, WRONG_KEY),
    403: (errors.PolicyDenied, "Kling does not allow this account or key to do that{said}"),
    404: (errors.BackendUnavailable, "Kling does not know the model or job{said}"),
    429: (errors.RateLimited, TOO_FAST),
}
"""For replies without a known code."""

MODERATION = re.compile(r"risk.?control|content|safety|sensitive|moderation", re.IGNORECASE)
"""Words in a failed task that show that a check, not the model, ended it; it has no code."""


def code_of(response: Response) -> int | None:
    """Kling's own code in a reply; None if it cannot be read."""
    return reply.integer(response.body.get("code"))


def is_refusal(response: Response) -> bool:
    """Whether a reply proves that no task was created."""
    code = code_of(response)
    if code == BAD_VALUE and NAME_TAKEN.search(reply.text(response.body.get("message")) or ""):
        return False
    if code is not None and FIRST_REFUSAL <= code <= LAST_REFUSAL:
        return True
    if code == 0 or (code is not None and code >= FIRST_TROUBLE):
        return False
    # A 408 comes from a proxy that lost patience while the request was under way.
    return response.is_client_error and response.status != REQUEST_TIMEOUT


def doubt(response: Response) -> str | None:
    """Why it is unknown after a reply whether a task was created; None if it is known."""
    code = code_of(response)
    if code == 0 or is_refusal(response):
        return None
    return str(response.status) if code is None else f"{response.status} ({code})"


def refusal(response: Response, redact: Redact, keys: str) -> errors.RushesError:
    """What an error reply means, with Kling's own words in `error_detail`.

    Args:
        response: the reply.
        redact: removes the key from a text, in case Kling repeats it.
        keys: the variables with the key.
    """
    code, status = code_of(response), response.status
    text = reply.text(response.body.get("message"), redact)
    detail = errors.ProviderErrorDetail(type=None if code is None else str(code), msg=text)
    kind, sentence = BY_CODE.get(code or 0) or _by_status(response)
    odd = response.body.get("code")
    if text is None and code is None and odd is not None and response.is_success:
        text = f"it has the code {reply.shown(odd)}"
    said = reply.quoted(text, status)
    error = kind(sentence.format(said=said, keys=keys), status=status, error_detail=detail)
    if isinstance(error, errors.RateLimited):
        asked = response.retry_after
        error.retry_after = USUAL_WAIT if asked is None else max(asked, SHORTEST_WAIT)
    return error


def failure(message: object, redact: Redact) -> errors.RushesError:
    """Why a task failed; Kling gives only a text."""
    text = reply.text(message, redact)
    said = reply.quoted(text)
    detail = errors.ProviderErrorDetail(msg=text)
    if text and MODERATION.search(text):
        return errors.SafetyFilter(UNSAFE.format(said=said), error_detail=detail)
    return errors.BackendUnavailable(FAILED.format(said=said), error_detail=detail)


def _by_status(response: Response) -> tuple[type[errors.RushesError], str]:
    if response.status in BY_STATUS:
        return BY_STATUS[response.status]
    if response.is_client_error:
        return errors.InvalidParams, REFUSED
    if response.is_server_error:
        return errors.BackendUnavailable, FAILED
    return errors.BackendUnavailable, "Kling's answer cannot be read{said}"
