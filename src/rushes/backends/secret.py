"""Keys, and the variables that hold them, kept out of whatever prints an object or a frame.

A notebook keeps its tracebacks, and IPython, rich, pytest and error trackers print the local
variables of each frame. So a key is never a plain text in a variable: it is a `Secret`, whose value
is read only where it is put into a request, and where it is taken out of a text.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = ("KEY", "KEY_ID", "TOKEN", "SECRET", "PASSWORD")
"""Ends of the names of variables that hold a secret."""

SHORTEST_SECRET = 6
"""Characters; shorter parts of a key are words that occur anyway."""


class Secret:
    """A text that is not shown: ``repr``, ``str`` and formats give ``***``.

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
        msg = "A secret is not pickled; read it again from where it came."
        raise TypeError(msg)

    def reveal(self) -> str:
        """The text itself. Use it in an expression; a variable would show it in a traceback."""
        return self._value

    def strip(self) -> Secret:
        """The same without white space around it."""
        return Secret(self._value.strip())

    def printable(self) -> Secret:
        """The same without anything that no key has, e.g. the line's end of a file.

        HTTP libraries put a header that they refuse into their error and their log.
        """
        return Secret("".join(sign for sign in self._value if "!" <= sign <= "~"))

    def redact(self, text: str) -> str:
        """A text without this one, or a part of it between colons."""
        for part in (self._value, *self._value.split(":")):
            if len(part) >= SHORTEST_SECRET:
                text = text.replace(part, "***")
        return text


class Variables(Mapping[str, Any]):
    """Environment variables: those that hold a key give a `Secret`, and none shows when printed.

    It knows which ones were read.

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
        """Whether one that was read has another value now; an empty one counts as none."""
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
        """The key in a variable; an empty one, which is false, when it is not set."""
        return Secret(self.get(name, "")).strip()

    def text(self, name: str) -> str:
        """The setting in a variable; empty when it is not set."""
        return str(self.get(name, "")).strip()


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
    """What a process gets that needs no key: of all variables only those that Python needs."""
    return {
        name: value
        for name, value in environment.items()
        if (name.upper() in NEEDED or name.upper().startswith(NEEDED_BEGINNINGS))
        and not is_secret(name)
    }


_in_use: WeakSet[Secret] = WeakSet()
_lock = threading.Lock()


def in_use(secret: Secret) -> Secret:
    """Have `redact_all` know a secret for as long as somebody holds it."""
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
