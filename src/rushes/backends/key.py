"""Keys of services: they are sent only to their own service, and never shown.

A notebook keeps its tracebacks, and IPython, rich, pytest and error trackers print the local
variables of each frame. So a key is never a plain text in a variable: it is a `Secret`, whose value
is read only where it is put into a request, and where it is taken out of a text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

import httpx

from rushes.backends.address import base_of, is_loopback, origin_of, shown
from rushes.contract.errors import AuthenticationFailed, NoBackend

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from rushes.backends.address import Origin

ENDINGS = ("KEY", "KEY_ID", "TOKEN", "SECRET", "PASSWORD")
"""Ends of the names of variables that hold a secret."""

SHORTEST_SECRET = 6
"""Characters; shorter parts of a key are words that occur anyway."""


class Secret:
    """A text that is never shown: ``repr``, ``str`` and format strings give ``***``.

    Args:
        value: the text.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def __repr__(self) -> str:
        return "***"

    def __len__(self) -> int:
        return len(self._value)

    def __reduce__(self) -> NoReturn:
        msg = "A secret cannot be pickled; read it again from its source."
        raise TypeError(msg)

    def reveal(self) -> str:
        """The text itself. Use it in an expression; a variable would show it in a traceback."""
        return self._value

    def strip(self) -> Secret:
        """The same without white space around it."""
        return Secret(self._value.strip())

    def printable(self) -> Secret:
        """The same without characters that no key has, e.g. the newline at the end of a file.

        HTTP libraries repeat a header that they refuse in their error and their log.
        """
        return Secret("".join(sign for sign in self._value if "!" <= sign <= "~"))

    def redact(self, text: str) -> str:
        """A text without this secret, or a part of it between colons."""
        for part in (self._value, *self._value.split(":")):
            if len(part) >= SHORTEST_SECRET:
                text = text.replace(part, "***")
        return text


class Variables(Mapping[str, Any]):
    """Environment variables: those that hold a key give a `Secret`, and none shows when printed.

    It remembers which ones were read.

    Args:
        source: where they come from.
    """

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._source = source
        self._read: dict[str, Secret] = {}

    def __getitem__(self, name: str) -> Any:
        self._read[name] = self._now(name)
        return Secret(self._source[name]) if is_secret(name) else self._source[name]

    def have_changed(self) -> bool:
        """Whether one that was read has another value now; empty counts as missing."""
        return any(
            self._now(name).reveal() != before.reveal() for name, before in self._read.items()
        )

    def _now(self, name: str) -> Secret:
        return Secret(self._source.get(name, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._source)

    def __len__(self) -> int:
        return len(self._source)

    def __repr__(self) -> str:
        return "Variables(***)"

    def secret(self, name: str) -> Secret:
        """The key in a variable; an empty one, which is false, when it is not set.

        Raises:
            NoBackend: when it is more than the key: with quotes, which ``docker --env-file``
                keeps, or with the word that goes before it in a request.
        """
        key = Secret(self.get(name, "")).strip()
        if PADDED.match(key.reveal()):
            words = f"{name} has quotes or a word like Bearer around the key; set it to the key."
            raise NoBackend(words)
        return key

    def text(self, name: str) -> str:
        """The setting in a variable; empty when it is not set."""
        return str(self.get(name, "")).strip()


PADDED = re.compile(r"""["']|(?:key|bearer|token|authorization:?)\s""", re.IGNORECASE)
"""How no key begins."""


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds a key."""
    return name.upper().endswith(ENDINGS)


NEEDED = frozenset(
    {
        *(
            "HOME",
            "HOMEDRIVE",
            "HOMEPATH",
            "LANG",
            "LANGUAGE",
            "PATH",
            "RUSHES_HOME",
            "TMPDIR",
            "TZ",
        ),
        *("CONDA_PREFIX", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
        # Of Windows.
        *("APPDATA", "COMSPEC", "LOCALAPPDATA", "NUMBER_OF_PROCESSORS", "PATHEXT", "SYSTEMDRIVE"),
        *("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "WINDIR"),
    }
)
"""Variables that a Python process needs."""

NEEDED_BEGINNINGS = ("COVERAGE_", "COV_CORE_", "DYLD_", "LC_", "PYTHON")
"""Beginnings of the names of more of them."""


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that needs no key: only the variables that Python needs."""
    return {
        name: value
        for name, value in environment.items()
        if (name.upper() in NEEDED or name.upper().startswith(NEEDED_BEGINNINGS))
        and not is_secret(name)
    }


_in_use: WeakSet[Secret] = WeakSet()
_lock = threading.Lock()


def in_use(secret: Secret) -> Secret:
    """Make `redact_all` aware of a secret for as long as it is referenced."""
    with _lock:
        _in_use.add(secret)
    return secret


def redact_all(text: str) -> str:
    """A text without any key that is in use in this process."""
    with _lock:
        secrets = list(_in_use)
    for secret in secrets:
        text = secret.redact(text)
    return text


# --- where a key may go ---------------------------------------------------------------------------


class KeyWithheld(AuthenticationFailed):
    """A request would have sent a key to an origin that it does not belong to; it was not sent."""


class Destinations:
    """The origins that a key may be sent to.

    Args:
        urls: addresses of the service. Without any, the first that is used becomes the only one.

    Raises:
        NoBackend: when one is neither https nor on this machine.
    """

    def __init__(self, urls: Iterable[str] = ()) -> None:
        self._origins: set[Origin] = {
            origin_of(httpx.URL(base_of(url, "The service's address"))) for url in urls
        }

    def check(self, url: httpx.URL) -> None:
        """Make sure that a request may have the key.

        Raises:
            KeyWithheld: when it may not.
        """
        origin = origin_of(url)
        if not self._origins and (url.scheme == "https" or is_loopback(url.host)):
            self._origins.add(origin)
        if origin in self._origins:
            return
        own = shown(self._origins) or "https addresses"
        msg = (
            f"A request to {shown([origin])} was not sent, because the key belongs to {own}. "
            f"Check the address that is set for the service."
        )
        raise KeyWithheld(msg)


class KeyAuth(httpx.Auth):
    """Adds ``Authorization: <scheme> <key>`` to a request to the service itself.

    The key is passed with each request, never as a default of the client, and to no other origin
    (scheme, host and port), whatever a reply, the journal or a setting says.

    Args:
        key: the key; parts joined by colons are secrets of their own.
        scheme: the word before it.
        origins: addresses of the service, https or on this machine. Without them the key belongs
            to the origin that it is used with first.

    Raises:
        NoBackend: when an address is neither.
    """

    def __init__(
        self, key: str | Secret, *, scheme: str = "Bearer", origins: Iterable[str] = ()
    ) -> None:
        self._key = in_use(Secret(key).printable())
        self._scheme = scheme
        self._destinations = Destinations(origins)

    def __repr__(self) -> str:
        return "KeyAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header.

        Raises:
            KeyWithheld: when the request goes to another origin; it is not sent.
        """
        self._destinations.check(request.url)
        request.headers["Authorization"] = f"{self._scheme} {self._key.reveal()}"
        yield request

    def redact(self, text: str) -> str:
        """A text of the service without the key or a part of it, should it repeat them."""
        return self._key.redact(text)
