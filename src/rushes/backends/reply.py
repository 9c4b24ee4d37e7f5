"""Fields of replies, read as values of known types: a reply may contain anything.

`object_of` makes of a reply's bytes JSON that can be journaled and sent to a page. The functions
after it take any value, and return one of the type and size that they name, or None: no field of
a reply, of whatever type, raises.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.protocol import Balance, Done, Passing, is_id
from rushes.contract.error_json import location
from rushes.contract.errors import BackendUnavailable
from rushes.contract.wording import BIDI
from rushes.io.place import Place, place_of, place_of_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.contract.error_json import Location
    from rushes.contract.results import Cost

    Redact = Callable[[str], str]
    """Removes the key from a text, in case the service repeats it."""

DEEPEST = 64
"""Maximum depth of lists and objects; deeper values are read as null."""

MOST_PARTS = 250_000
"""Maximum number of commas and brackets in a reply; parsing takes the engine's time."""

LARGEST_INTEGER = 2**63
"""Larger numbers are read as null. Some services write ids of 18 digits as numbers."""

LONGEST_TEXT = 2_000
LONGEST_ADDRESS = 8_192
"""Maximum length; servers reject longer URLs."""

PORTS = 65_536

MOST = 1_000_000
"""What a service counts, e.g. jobs in its queue, and amounts of money, are less than this."""

FIRST_REFUSAL, FIRST_FAULT = 300, 500
"""HTTP statuses from which on a request was not served, and from which on that is the server's
fault."""

MARKS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}", "\N{IDEOGRAPHIC FULL STOP}")
"""What may end a sentence."""

DIGITS = len(str(LARGEST_INTEGER))

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_CONTROLS = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f{BIDI}]")
"""C0, DEL, C1 and bidirectional controls, but not white space."""

_ID = re.compile("[!-~]+")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?")
_HOST = re.compile(r"[0-9A-Za-z._~-]+|[0-9A-Fa-f:.]{2,}(%25[0-9A-Za-z._~-]+)?")
_CURRENCY = re.compile("[A-Z]{3}")


def object_of(content: bytes) -> dict[str, Any]:
    """Parse a JSON object; anything else results in an empty one.

    NaN, Infinity and numbers beyond 64 bits are read as null, and so are values deeper than
    `DEEPEST`. An unpaired surrogate, which cannot be encoded, becomes U+FFFD.
    """
    if len(content) > MOST_PARTS and sum(map(content.count, (b",", b"[", b"{"))) > MOST_PARTS:
        return {}
    text = content.decode("utf-8-sig", errors="replace")
    try:
        value = _JSON.decode(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    # Only an escape can be half a surrogate pair, and only many brackets can be deep.
    is_plain = b"\\u" not in content and content.count(b"[") + content.count(b"{") <= DEEPEST
    return value if is_plain else _clean(value, DEEPEST)


def _integer(text: str) -> int | None:
    if len(text) > DIGITS + 1:
        return None
    value = int(text)
    return value if abs(value) <= LARGEST_INTEGER else None


def _fraction(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


_JSON = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=lambda _: None)


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        if not depth:
            return None
        return {
            _SURROGATE.sub("\ufffd", key): _clean(item, depth - 1) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value] if depth else None
    return value


# --- values -------------------------------------------------------------------------------------


def part(value: object) -> dict[str, Any]:
    """An object; an empty one if it is anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none if it is anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object, redact: Redact | None = None, *, most: int = LONGEST_TEXT) -> str | None:
    """A text for people, on one line: without control characters, without the key, not too long."""
    if not isinstance(value, str):
        return None
    plain = redact(value) if redact else value
    # What is cut off needs no cleaning; runs of blanks, which become one, may be long.
    plain = _SURROGATE.sub("\ufffd", plain[: 4 * most])
    plain = _CONTROLS.sub("\ufffd", _BLANKS.sub(" ", plain)).strip()
    return plain[:most] or None


def identity(value: object) -> str | None:
    """A service's id of something, see `is_id`: visible ASCII, as all services write theirs."""
    return value if is_id(value) and _ID.fullmatch(value) else None


def opaque(value: object, beginning: str = "") -> str | None:
    """A text that goes back to the service as it is, e.g. a cursor: visible ASCII, not too long.

    Args:
        value: the text.
        beginning: what it has to begin with.
    """
    if not isinstance(value, str) or not value.startswith(beginning):
        return None
    return value if len(value) <= LONGEST_ADDRESS and _ID.fullmatch(value) else None


def plain(value: Any) -> Any:
    """A part of a reply in which every text is one for people, see `text`."""
    if isinstance(value, str):
        return text(value) or ""
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def path(value: object, redact: Redact | None = None) -> Location | None:
    """The location of an error, from a list of names and numbers, or from a text."""
    parts = location(text(value, redact) if isinstance(value, str) else value) or ()
    read = [text(part, redact) if isinstance(part, str) else count(part) for part in parts]
    return tuple(part for part in read if part is not None) or None


def integer(value: object) -> int | None:
    """A whole number of at most 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= LARGEST_INTEGER else None


def count(value: object, *, most: int = MOST) -> int | None:
    """A count from 0 to `most`."""
    number = integer(value)
    return number if number is not None and 0 <= number <= most else None


def seed(value: object) -> int | None:
    """A seed: a whole number from 0 to 2^63."""
    return count(value, most=LARGEST_INTEGER)


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if math.isfinite(real) else None


def share(value: object) -> float | None:
    """A fraction of the work, clamped to 0 to 1."""
    real = number(value)
    return None if real is None else min(max(real, 0.0), 1.0)


def money(value: object) -> float | None:
    """An amount of at least 0 and less than `MOST`; some services write it as text."""
    if isinstance(value, str):
        value = float(value) if _AMOUNT.fullmatch(value) else None
    real = number(value)
    return real if real is not None and 0 <= real < MOST else None


def balance(service: str, backend: str, amount: object, currency_: object = "USD") -> Balance:
    """What is left on the account, which may be negative, of less than `MOST` either way.

    Args:
        service: begins the sentence that says whose answer lacks it.
        backend: the service's name here.
        amount: what its reply has as the amount.
        currency_: what its reply has as the currency.

    Raises:
        BackendUnavailable: when one of them cannot be that.
    """
    real, code = number(amount), currency(currency_)
    if real is None or abs(real) >= MOST or code is None:
        msg = f"{service}'s answer has no balance."
        raise BackendUnavailable(msg)
    return Balance(backend, real, code)


def currency(value: object) -> str | None:
    """The ISO 4217 code of a currency."""
    return value if isinstance(value, str) and _CURRENCY.fullmatch(value) else None


def address(value: object, near: Place) -> str | None:
    """A link that may be followed, see `fault_of_address`; into the web, it is encrypted."""
    if not isinstance(value, str) or fault_of_address(value, near) is not None:
        return None
    if value[:5].lower() == "http:" and place_of_url(value) is Place.WEB:
        # What can be had there can be had encrypted.
        return re.sub(r"^[^/]*//([^/?#]*?)(:80?)?(?=[/?#]|$)", r"https://\1", value)
    return value


def fault_of_address(value: str, near: Place) -> str | None:
    """Why a link is not followed, as a clause; None when it may be.

    Links must lead to the web, and be encrypted there. They may lead to this machine, its network
    or the link-local addresses at which clouds keep secrets only if the service itself is there.

    Args:
        value: the link.
        near: where the service is.
    """
    if len(value) > LONGEST_ADDRESS:
        return f"it has {len(value):,} characters"
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, ValueError):
        return "it cannot be read"
    if url.scheme not in ("http", "https"):
        return f"it starts with {shown(url.scheme)}, not with https:"
    if not _HOST.fullmatch(url.raw_host.decode("ascii", errors="replace")):
        return "it has no host"
    if url.userinfo:
        return "it contains a user name"
    if url.port is not None and not 0 < url.port < PORTS:
        return f"{url.port} is not a port"
    place = place_of(url.host)
    if url.scheme == "http" and url.port not in (None, 80) and place is Place.WEB:
        return "it is not encrypted"
    if not place.is_reachable_from(near):
        return f"{text(url.host, most=60)} is {place.value}, and the service is not there"
    return None


def upload_address(value: object, near: Place) -> str | None:
    """A link that a file may be uploaded to: encrypted, unless it is on this machine."""
    link = address(value, near)
    if link is None or link != value:  # Named without encryption, which is not put right here.
        return None
    if place_of_url(link) is Place.MACHINE or link[:6].lower() == "https:":
        return link
    return None


# --- sentences ----------------------------------------------------------------------------------


def quoted(words: str | None, status: int = 0) -> str:
    """The end of a sentence of ours: the service's words, or just the full stop.

    The status of HTTP is named where it says more than the sentence: without words of the service,
    and when it failed.

    Args:
        words: what the service said.
        status: of an error reply; 0 for none.
    """
    is_telling = status >= FIRST_FAULT or (status >= FIRST_REFUSAL and not words)
    named = f" (HTTP {status})" if is_telling else ""
    return f"{named}: {sentence(words)}" if words else f"{named}."


def sentence(words: str) -> str:
    """A text with a full stop, unless it already ends in punctuation."""
    return words if words.endswith(MARKS) else f"{words}."


def shown(value: object) -> str:
    """An unknown value, in a few characters."""
    if isinstance(value, str):
        return repr(text(value, most=40) or "")
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)[:40]
    return "a list" if isinstance(value, list) else "an object"


def not_understood(service: str, word: object) -> Passing:
    """The answer about a job has a status that this package does not know, or no status."""
    what = "has no status" if word is None else f"has the unknown status {shown(word)}"
    return Passing(BackendUnavailable(f"{service}'s answer about the job {what}."))


def done(
    service: str,
    answer: Mapping[str, Any],
    link: object,
    near: Place,
    *,
    seed: int | None = None,
    cost: Cost | None = None,
    draft: str | None = None,
) -> Done | Passing:
    """A job that the service reports as done; passing without a video that can be downloaded.

    Args:
        service: its name in sentences.
        answer: what should hold the link.
        link: what was found in its place.
        near: where the service is.
        seed: the seed that the service names.
        cost: what the service bills.
        draft: the service's id of the draft that it is.
    """
    url = address(link, near)
    if url is not None:
        return Done(url, seed, cost, draft)
    if isinstance(link, str) and link:
        what = f"its link to the video cannot be used: {fault_of_address(link, near)}"
    elif answer:
        names = ", ".join(shown(name)[1:-1] for name in list(answer)[:10])
        what = f"its answer has no video, only {names}"
    else:
        what = "its answer cannot be read"
    return Passing(
        BackendUnavailable(f"{service} reports the job as done, but {what}."), ended=True
    )
