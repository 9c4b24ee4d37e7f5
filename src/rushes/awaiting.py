"""Asynchronous methods that say so when `await` is forgotten."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class Awaiting(Coroutine[Any, Any, T]):
    """What an asynchronous method returns: a coroutine whose `repr` names what is missing.

    Args:
        running: the coroutine itself.
        name: of the method.
        twin: the method that does the same without ``await``.
    """

    def __init__(self, running: Coroutine[Any, Any, T], name: str, twin: str) -> None:
        self._running = running
        self._twin = twin
        self.__name__ = name
        self.__qualname__ = name

    def send(self, value: Any) -> Any:
        """Run to the next point at which it waits."""
        return self._running.send(value)

    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Raise an error where it waits."""
        if value is None and traceback is None:
            return self._running.throw(kind)  # The other form is deprecated.
        return self._running.throw(kind, value, traceback)  # type: ignore[arg-type]

    def close(self) -> None:
        """End it."""
        self._running.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._running.__await__()

    def __repr__(self) -> str:
        state = inspect.getcoroutinestate(self._running)
        if state != inspect.CORO_CREATED:
            words = "has ended" if state == inspect.CORO_CLOSED else "is running"
            return f"<{self.__name__}() {words}>"
        return f"<{self.__name__}() has not run, so nothing was sent: {self._advice}>"

    def __getattr__(self, name: str) -> Any:
        msg = f"{self.__name__}() has no {name!r} before it is awaited: {self._advice}"
        raise AttributeError(msg)

    @property
    def _advice(self) -> str:
        return f"write await in front of it, or call {self._twin}() instead"


def awaited(
    twin: str,
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Have an asynchronous method say what is missing when what it returns is not awaited.

    Args:
        twin: the method that does the same without ``await``.
    """

    def decorate(
        method: Callable[P, Coroutine[Any, Any, T]],
    ) -> Callable[P, Coroutine[Any, Any, T]]:
        name = method.__name__

        @wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> Awaiting[T]:
            return Awaiting(method(*args, **kwargs), name, twin)

        if hasattr(inspect, "markcoroutinefunction"):  # From Python 3.12 on.
            inspect.markcoroutinefunction(call)
        return call

    return decorate
