"""Rewriting prompts with a function of the user's, e.g. one that asks a language model."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes import blocking
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import plain
from rushes.contract.wording import listed, meant, shortened
from rushes.explore.copies import origins, rewrites
from rushes.explore.template import LONGEST
from rushes.filters import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint

    from rushes.journal import Journal

log = logging.getLogger("rushes")

GROUP = "rushes.rewriters"
"""Entry-point group under which packages register rewriters."""

LIMIT = 120.0
"""Seconds that a rewriter has for one prompt."""

MOST_AT_ONCE = 8
"""Prompts of a sweep that are rewritten at the same time; language models limit requests, too."""

Rewrite = Callable[[str], str] | Callable[[str], Awaitable[str]] | Mapping[str, str] | str
"""What rewrites prompts: a function, the name of an installed one, or the texts themselves."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """Every registered rewriter by name."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - it loads email and zipfile

    return {point.name: point for point in entry_points(group=GROUP)}


def only_installed() -> Rewriter | None:
    """The installed rewriter, if there is exactly one and it can be loaded."""
    points = installed()
    if len(points) != 1:
        return None
    try:
        return Rewriter(next(iter(points)))
    except InvalidParams as error:
        log.warning("%s", error.message)  # A package that is broken breaks nothing else.
        return None


class Rewriter:
    """Rewrites prompts, and says what is wrong when that fails.

    Args:
        given: a function of a text, also an asynchronous one; the name of an installed one; or a
            mapping of texts to what becomes of them, which leaves others as they are.
        limit: seconds that it has for one prompt.

    Raises:
        InvalidParams: if it is not one of these, or cannot be loaded.
    """

    def __init__(self, given: object, *, limit: float = LIMIT) -> None:
        self._limit = limit
        if isinstance(given, str):
            self.name, self._call = given, _loaded(given)
        elif isinstance(given, Mapping):
            self.name = ""  # A person has written these.
            self._call = lambda text: given.get(text, text)
        elif callable(given):
            self.name, self._call = getattr(given, "__name__", type(given).__name__), given
        else:
            reason = (
                f"a {type(given).__name__} does not rewrite; give a function that takes a text and "
                f"returns one, the name of an installed rewriter, or a mapping of texts."
            )
            raise _refused(given, reason)

    @property
    def key(self) -> str:
        """What names it in the journal; another one when the function changes.

        That is its code, and the texts and numbers that it refers to.
        """
        code = getattr(self._call, "__code__", None)
        if not self.name or code is None:
            return self.name
        text = "\n".join([_source(code), *_references(self._call, code)])
        return f"{self.name} {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def __call__(self, text: str) -> str:
        """What becomes of a prompt.

        Raises:
            InvalidParams: if it fails, takes too long, or returns something else than a text.
        """
        made = self._made(text)
        found = text_of("rewrite", made) if isinstance(made, str) else None
        if found is None or not found.strip():
            what = "an empty text" if isinstance(made, str) else type(made).__name__
            who = self.name or "the mapping"
            reason = f"{who} returned {what} for {_short(text)}; it has to return the prompt."
            raise _refused(None, reason)
        if len(found) > LONGEST:
            who = self.name or "the mapping"
            reason = f"{who} returned {len(found):,} characters; at most {LONGEST:,}."
            raise _refused(None, reason)
        return found.strip()

    def _made(self, text: str) -> object:
        if not self.name:
            return plain(self._call(text))
        # In a thread, because what hangs there holds up nothing else, and there it may run a loop.
        future: Future[object] = Future()
        context = copy_context()
        threading.Thread(
            target=context.run, args=(self._run, text, future), name="rushes-rewriter", daemon=True
        ).start()
        try:
            return plain(blocking.wait(future, self._limit))
        except TimeoutError as error:
            if future.done():
                raise self._failed(text, error) from error
            reason = f"{self.name} did not answer within {self._limit:g} s for {_short(text)}."
            raise _refused(None, reason) from None
        except Exception as error:
            raise self._failed(text, error) from error

    def _failed(self, text: str, error: Exception) -> InvalidParams:
        reason = f"{self.name} failed for {_short(text)}: {type(error).__name__}: {error}"
        return _refused(None, reason)

    def _run(self, text: str, future: Future[object]) -> None:
        try:
            made = self._call(text)
            future.set_result(asyncio.run(_awaited(made)) if inspect.isawaitable(made) else made)
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits
            future.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - one that exits ends nothing but this
            future.set_exception(RuntimeError(f"it ended with {type(error).__name__}"))


class Rewrites:
    """The prompts of a library that were rewritten: each once, however often it is planned.

    Args:
        journal: remembers them.
        folder: the library.
    """

    def __init__(self, journal: Journal, folder: str) -> None:
        self._journal = journal
        self._folder = folder
        self._reading = threading.Lock()

    def _known(self, original: str, rewriter: Rewriter) -> str | None:
        """What became of a prompt here, in a library that this one was copied from, or elsewhere.

        Elsewhere is where a sidecar of the library was written; it says so.
        """
        if not rewriter.name:
            return None
        known = self._journal.rewrite(self._folder, original, rewriter.key)
        if known is not None:
            return known
        with self._reading:  # Prompts of a sweep ask at the same time.
            others = (self._journal.rewrite(each, original, rewriter.key) for each in self._origins)
            known = next((text for text in others if text is not None), None)
            if known is None and self._beside:
                # Loaded here, as what reads sidecars is.
                from rushes.media.sidecar import text_key  # noqa: PLC0415 - as the comment says

                known = self._beside.get((text_key(original), rewriter.key))
                if known is not None:
                    self.keep(original, known, rewriter.key)
        return known

    @cached_property
    def _origins(self) -> list[str]:
        """The libraries that this one was copied from."""
        return origins(self._journal, Path(self._folder))

    @cached_property
    def _beside(self) -> dict[tuple[str, str], str]:
        """What the sidecars of the library say, e.g. of one that a colleague has copied here."""
        return rewrites(self._journal, Path(self._folder))

    def text_of(self, original: str, rewriter: Rewriter) -> str:
        """What becomes of a prompt; what became of it the last time, if there was one.

        So a cell that is run again asks for the same take, which exists; also in a copy of the
        library.
        """
        return self._known(original, rewriter) or self.afresh(original, rewriter)

    def texts_of(self, originals: Iterable[str], rewriter: Rewriter) -> dict[str, str]:
        """What becomes of several prompts, as `text_of` says, of some at the same time.

        When one fails, or the user stops this, no further one is begun; what becomes of those that
        are under way is remembered.

        Raises:
            InvalidParams: as soon as one fails.
        """
        # Loaded here, because the engine brings what sends requests.
        from rushes.engine.threads import Threads  # noqa: PLC0415 - as the comment says

        texts = list(dict.fromkeys(originals))
        if not texts:
            return {}
        over, guard = threading.Event(), threading.Lock()
        ended: Future[None] = Future()

        def text_of(text: str) -> str:
            return "" if over.is_set() else self.text_of(text, rewriter)

        def note(done: Future[str]) -> None:
            with guard:
                if ended.done():
                    return
                if error := done.exception():
                    over.set()
                    ended.set_exception(error)
                elif all(each.done() for each in found):
                    ended.set_result(None)

        threads = Threads("rushes-rewriting", min(len(texts), MOST_AT_ONCE))
        found = [threads.submit(copy_context().run, text_of, text) for text in texts]
        try:
            for each in found:
                each.add_done_callback(note)
            blocking.wait(ended, None)
        finally:
            over.set()
            threads.shutdown(wait=False)
        return {text: each.result() for text, each in zip(texts, found, strict=True)}

    def afresh(self, original: str, rewriter: Rewriter) -> str:
        """The same, whatever became of it before."""
        text = rewriter(original)
        self.keep(original, text, rewriter.key)
        return text

    def keep(self, original: str, text: str, rewriter: str = "") -> None:
        """Remember what became of a prompt; by a person if no rewriter is named."""
        if text != original:
            self._journal.keep_rewrite(self._folder, original, rewriter, text)


async def _awaited(made: Awaitable[object]) -> object:
    return await made


def _loaded(name: str) -> Callable[[str], object]:
    points = installed()
    if name not in points:
        there = f"installed are {listed(sorted(points))}" if points else "none is installed"
        reason = f"no rewriter is named {shortened(name)!r}; {there}.{meant(name, points)}"
        raise _refused(name, reason)
    try:
        found = points[name].load()
    except Exception as error:
        reason = f"{name} cannot be loaded: {type(error).__name__}: {error}"
        raise _refused(name, reason) from error
    if not callable(found):
        reason = f"{name} is a {type(found).__name__} and not a function of a text."
        raise _refused(name, reason)
    return found  # type: ignore[no-any-return]


def _source(code: Any) -> str:
    """What a function does, as a text that is the same in every process."""
    parts = [code.co_code.hex(), repr(code.co_names)]
    parts += [_source(each) if hasattr(each, "co_code") else repr(each) for each in code.co_consts]
    return "\n".join(parts)


def _references(function: Any, code: Any) -> Iterator[str]:
    """The plain values that a function takes from outside."""
    outside = function.__globals__
    found = [outside.get(name) for name in code.co_names]
    found += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # It is empty yet.
            found.append(cell.cell_contents)
    return (repr(value) for value in found if isinstance(value, str | int | float | bytes))


def _short(text: str) -> str:
    return repr(shortened(" ".join(text.split())))


def _refused(given: object, reason: str) -> InvalidParams:
    return InvalidParams.of([Problem("rewrite", given, reason)])
