"""What acts on the job of a result: judges it, and renders its draft in full.

The models do no input and output. `rushes.marking` does; the package registers it here, and it is
loaded when a result is first judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.contract.marks import Marks


class Marker(Protocol):
    """Writes marks and finds jobs; `rushes.marking` is the one of the package."""

    def mark(self, result: Any, changes: Mapping[str, Any]) -> Marks:
        """Change the marks of a `VideoGenResult`, durably.

        Raises:
            InvalidParams: names each mark that is wrong.
            JobNotFound: when there is no place for them.
        """

    def finalize(self, result: Any, resolution: str | None) -> Any:
        """The job that renders the draft of a `VideoGenResult` in full.

        Raises:
            InvalidParams: when it is not such a draft.
            JobNotFound: when its job is not known.
        """


class _Nowhere:
    def mark(self, result: Any, changes: Mapping[str, Any]) -> Marks:
        del changes
        raise self._unknown(result)

    def finalize(self, result: Any, resolution: str | None) -> Any:
        del resolution
        raise self._unknown(result)

    @staticmethod
    def _unknown(result: Any) -> Exception:
        from rushes.contract.errors import JobNotFound  # noqa: PLC0415 - brings pydantic

        msg = f"{result!r} is in no journal; import rushes first."
        return JobNotFound(msg)


_marker: Callable[[], Marker] = _Nowhere


def register(marker: Callable[[], Marker]) -> None:
    """Set what writes marks; it is called when a result is judged."""
    global _marker  # noqa: PLW0603 - one for all results of a process
    _marker = marker


def mark(result: Any, changes: Mapping[str, Any]) -> Marks:
    """Change the marks of a result; see `Marker.mark`."""
    return _marker().mark(result, changes)


def finalize(result: Any, resolution: str | None) -> Any:
    """Render the draft of a result in full; see `Marker.finalize`."""
    return _marker().finalize(result, resolution)
