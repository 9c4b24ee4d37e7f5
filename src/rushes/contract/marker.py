"""What writes down how results are judged.

The models do no input and output. `rushes.marking` writes marks; the package registers it here,
and it is loaded when a result is first judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.contract.marks import Marks


class Marker(Protocol):
    """Writes marks; `rushes.marking` is the one of the package."""

    def mark(self, result: Any, changes: Mapping[str, Any]) -> Marks:
        """Change the marks of a `VideoGenResult`, durably.

        Raises:
            InvalidParams: names each mark that is wrong.
            JobNotFound: when there is no place for them.
        """


class _Nowhere:
    def mark(self, result: Any, changes: Mapping[str, Any]) -> Marks:
        from rushes.contract.errors import JobNotFound  # noqa: PLC0415 - brings pydantic

        del changes
        msg = f"{result!r} is in no journal; import rushes first."
        raise JobNotFound(msg)


_marker: Callable[[], Marker] = _Nowhere


def register(marker: Callable[[], Marker]) -> None:
    """Set what writes marks; it is called when a result is judged."""
    global _marker  # noqa: PLW0603 - one for all results of a process
    _marker = marker


def mark(result: Any, changes: Mapping[str, Any]) -> Marks:
    """Change the marks of a result; see `Marker.mark`."""
    return _marker().mark(result, changes)
