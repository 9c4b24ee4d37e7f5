"""The Studio: controls on the left, takes on the right.

The page holds no job. What it shows comes from the journal, as a snapshot in traits and as
messages about single takes; docs/reference/widget-protocol.md has both.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Never
from weakref import WeakValueDictionary

import traitlets

from rushes.widgets.widget import TakesWidget

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from rushes.backends.protocol import Backend
    from rushes.client import VideoGen
    from rushes.contract.marks import Marks
    from rushes.contract.results import VideoGenResult
    from rushes.engine import Progress
    from rushes.job import Job
    from rushes.journal import JobRecord

STATIC = Path(__file__).parents[1] / "static"

MOST_COMPARED = 9


class Studio(TakesWidget):
    """Prompt video models and watch the takes.

    Running the cell again, after a restart of the kernel, too, shows every earlier take of this
    notebook's library and the form as it was left, and sends nothing twice; while the kernel lives,
    the tray is as it was left, too. `takes`, `selected` and `params` can be observed, e.g.
    ``studio.observe(f, "takes")``; observers may be called in another thread than the kernel's and
    should return quickly.

    >>> studio = rushes.Studio(gen, budget=20)
    >>> studio.takes[0].provider == gen.jobs(limit=1)[0].provider
    True

    Args:
        gen: the client to use; None makes one with the other arguments.
        providers: ids of the providers that are chosen at first, to compare them; None chooses the
            first one that can be used.
        backend: as for `VideoGen`.
        budget: US dollars that the takes of this library's Studios may cost together, those of
            earlier sessions included; a take that would cost more is not sent. None for any sum.
        files: which files of the kernel's machine the page may use by their path: True for all,
            False for none, or a folder, or several. None allows all in a notebook, and none in an
            app (Voila, ``marimo run``), whose visitors could otherwise see pictures of this
            machine. Files that the page sends can always be used.
        library: as for `VideoGen`.
        home: as for `VideoGen`.
        rewrite: what the Rewrite button asks for another prompt: a function of a text, or the name
            of an installed one. None takes the one that is installed, if exactly one is.

    Takes are known by their sidecars, too: those of a copied or moved folder are shown without
    their jobs.

    Attributes:
        takes: the listed takes as jobs, newest first; without those that have no job here.
        selected: those that are put together for comparing, as `compare` takes them: jobs, and
            results of takes that have no job here. Can be set.
        params: what Generate would send, one request a provider: ``gen.submit(**request)``.

    Raises:
        InvalidParams: when there is no such provider, the budget is not an amount of money, or
            `files` names what is not a folder.
    """

    _esm = STATIC / "studio.js"
    _css = STATIC / "studio.css"

    # A page may have this much of the state before it has the rest.
    _providers: traitlets.Dict[str, Any] = traitlets.Dict({"forms": [], "parts": []}).tag(sync=True)
    _settings = traitlets.Dict().tag(sync=True)
    _requests: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _selected: traitlets.List[str] = traitlets.List().tag(sync=True)
    _names: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    _budget = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _allowance = traitlets.Unicode().tag(sync=True)
    _library = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _notice = traitlets.Unicode().tag(sync=True)
    _sweeps: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _rewriter = traitlets.Unicode().tag(sync=True)

    _latest: ClassVar[WeakValueDictionary[tuple[Path, Path], Studio]] = WeakValueDictionary()

    takes = traitlets.Tuple()
    selected = traitlets.Tuple()
    params = traitlets.Tuple(read_only=True)

    def __init__(
        self,
        gen: VideoGen | None = None,
        *,
        providers: Iterable[str] | None = None,
        backend: str | Backend | None = None,
        budget: float | None = None,
        files: bool | str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
        library: str | os.PathLike[str] | None = None,
        home: str | os.PathLike[str] | None = None,
        rewrite: Callable[[str], object] | str | None = None,
        **traits: Any,
    ) -> None:
        # Loaded here, so that the widget's import costs no more than the widget libraries'.
        from rushes.client import VideoGen  # noqa: PLC0415 - as the comment says
        from rushes.explore.rewriting import Rewriter, only_installed  # noqa: PLC0415
        from rushes.widgets.files import Files  # noqa: PLC0415
        from rushes.widgets.pool import pooled  # noqa: PLC0415
        from rushes.widgets.studio.allowance import Allowance  # noqa: PLC0415
        from rushes.widgets.studio.answers import StudioAnswers  # noqa: PLC0415
        from rushes.widgets.studio.budget import Budget  # noqa: PLC0415
        from rushes.widgets.studio.state import Draft, Snapshot, draft_path  # noqa: PLC0415
        from rushes.widgets.take import PUSH_EVERY  # noqa: PLC0415

        self.gen = gen or VideoGen(backend, library=library, home=home)
        self._limit = Budget(self.gen, budget)
        self._spent_today = Allowance(self.gen, self._show_allowance)
        rewriter = only_installed() if rewrite is None else Rewriter(rewrite)
        named = Files(files, self.gen.folders.inputs)
        self._snapshot = Snapshot(self.gen)
        # Held while observers are called, which may take their time; never together with what
        # a page waits for.
        self._publishing = threading.RLock()
        self._jobs: dict[str, Job] = {}
        # It asks for no room of its own, so that a row of widgets would leave it none.
        super().__init__(**{"layout": {"width": "100%"}, **traits})
        self._epoch = self.gen.epoch
        self._answers = StudioAnswers(
            self.gen,
            self.send,
            refresh=self._refresh,
            greeted=self._greeted,
            budget=self._limit,
            files=named,
            found=self._snapshot.found,
            remarked=self._remarked,
            counted=self._count,
            formed=self._form_anew,
            rewriter=rewriter,
        )
        self._rewriter = "" if rewriter is None else rewriter.name
        forms = self._snapshot.forms()
        self._providers = dict(pooled(forms))
        place = (self.gen.folders.home, self.gen.library)
        earlier = self._latest.get(place)
        self._draft = draft_path(*place)
        draft = Draft.load(self._draft)
        left = draft.settings.model_dump() if draft else {}
        self._settings = self._first_settings(forms, providers, left)
        self._requests = [
            {"provider": name, "mode": self._settings["mode"]}
            for name in self._settings["providers"]
        ]
        if draft and self._settings == left:
            self._requests = draft.requests
        # Before the list is read, so that nothing happens unnoticed in between.
        self._stop = self.gen.listen(self._changed, PUSH_EVERY)
        self._read()
        if earlier is not None:
            self._selected = [job for job in earlier._selected if self._has(job)]  # noqa: SLF001 - of its own kind
        self._latest[place] = self
        self.observe(self._keep_draft, "_settings")
        self.on_msg(self._receive)

    def close(self) -> None:
        """Release the page. Jobs continue."""
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop()
            self._spent_today.close()
        super().close()

    def _refresh(self) -> None:
        """Read the list again, and send all of it."""
        with self._lock:
            self._read()
            self._send_rest()

    def _read(self) -> None:
        """Read the list; pages that greet later get the older takes then."""
        with self._lock:
            self._snapshot.read()
            self._send_list(self._snapshot.first)
            self._count()
        self._publish()

    def _greeted(self, revision: object) -> None:
        """Send a page what it lacks: the list, if it has another one, and the older takes."""
        with self._lock:
            super()._greeted(revision)
            self._send_rest()

    def _send_rest(self) -> None:
        # Without older takes, too: a page keeps those it knows until it knows which exist.
        for takes in [*self._snapshot.rest()] or [[]]:
            self.send({"kind": "rest", "takes": takes, "jobs": self._snapshot.jobs})

    def _changed(self, news: list[tuple[JobRecord, Progress]]) -> None:
        """Take over news of jobs, and send the page only their takes."""
        with self._lock:
            changes = self._taken_over(news, self._snapshot.change)
            if changed := [change.take for change in changes if change.take is not None]:
                self._send_changed(self._snapshot.first, changed)
            if moved := [change.moved for change in changes if change.moved is not None]:
                self.send({"kind": "moved", "takes": moved})
        try:
            if any(change.is_gone for change in changes):
                self._refresh()
            elif any(change.is_turn for change in changes):
                self._publish()
        finally:  # An observer of the takes may raise.
            if changed:
                self._count()

    def _remarked(self, key: str, marks: Marks) -> None:
        """Notify the page of the marks of a take without a job here: no other news has them."""
        with self._lock:
            take = self._snapshot.remark(key, marks)
            if take is not None:
                self._send_changed(self._snapshot.first, [take])

    def _count(self) -> None:
        """Show what is spent by now, which sweeps run, and what happened while no kernel ran."""
        from rushes.widgets.studio.sweeping import under_way  # noqa: PLC0415 - as the client

        with self._lock:
            self._notice = self._snapshot.notice
            self._sweeps = [dict(sweep) for sweep in under_way(self.gen)]
            self.set_trait("_library", self._snapshot.library)
            self.set_trait("_budget", self._limit.plain())
        self._spent_today.ask()

    def _show_allowance(self, words: str) -> None:
        with self._lock:
            self._allowance = words

    def _form_anew(self) -> None:
        """Send the forms again, because there is another provider."""
        from rushes.widgets.pool import pooled  # noqa: PLC0415 - as the client, when it is used

        forms = self._snapshot.forms()
        with self._lock:
            self._providers = dict(pooled(forms))

    def _publish(self) -> None:
        """Tell observers what the takes are."""
        with self._publishing:
            with self._lock:
                known = self._jobs
                self._jobs = {
                    record.id: known.get(record.id) or self.gen.job_of(record)
                    for record in self._snapshot.records
                }
                takes = tuple(self._jobs.values())
            before, self.takes = self.takes, takes
            if before == takes:
                # The same takes, one of which has ended.
                self._tell_observers("takes", before)
            self._selected = [job for job in self._selected if self._has(job)]

    def _has(self, key: str) -> bool:
        """Whether a take is listed."""
        return key in self._jobs or self._snapshot.found(key) is not None

    def _given(self, key: str) -> Job | VideoGenResult | None:
        """A take of the list, as a cell gets it."""
        if (found := self._snapshot.found(key)) is not None:
            return found.result
        return self._jobs.get(key)

    def _tell_observers(self, name: str, before: object) -> None:
        value = getattr(self, name)
        self.notify_change(
            traitlets.Bunch(name=name, old=before, new=value, owner=self, type="change")
        )

    @traitlets.observe("_selected")
    def _choose(self, _: object) -> None:
        """Take over what the page has put together."""
        given = (self._given(key) for key in self._selected)
        self.selected = tuple(take for take in given if take is not None)
        self._names = self._snapshot.names(self._selected)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: traitlets.Bunch) -> tuple[Job | VideoGenResult, ...]:
        keys = [self._key_of(item) for item in proposal["value"]]
        for key, item in zip(keys, proposal["value"], strict=True):
            if key is None:
                name = getattr(item, "id", item)
                reason = f"{name!r} is not a take of this Studio; choose from studio.takes."
                _refuse("selected", name, reason)
        if len(set(keys)) > MOST_COMPARED:
            reason = f"at most {MOST_COMPARED} takes are compared at once."
            _refuse("selected", keys, reason)
        given = (self._given(key) for key in dict.fromkeys(keys) if key is not None)
        return tuple(take for take in given if take is not None)

    def _key_of(self, item: Any) -> str | None:
        """What the page calls a take of the list; None for anything else."""
        key = getattr(item, "id", item)
        if isinstance(key, str):
            return key if self._has(key) else None
        path = getattr(item, "path", None)
        return None if path is None else self._snapshot.key_of(path)

    @traitlets.observe("selected")
    def _show_selected(self, _: object) -> None:
        keys = (self._key_of(take) for take in self.selected)
        self._selected = [key for key in keys if key is not None]

    @traitlets.observe("_requests")
    def _take_requests(self, _: object) -> None:
        from rushes.contract.spelling import to_snake  # noqa: PLC0415 - as the client, when used

        requests = tuple(
            {to_snake(name): value for name, value in request.items()} for request in self._requests
        )
        self.set_trait("params", requests)

    def _keep_draft(self, _: object) -> None:
        from rushes.widgets.studio.state import keep  # noqa: PLC0415 - as the client, when it is used

        keep(self._draft, self._settings, self._requests)

    @staticmethod
    def _first_settings(
        forms: list[dict[str, Any]], wanted: Iterable[str] | None, left: dict[str, Any]
    ) -> dict[str, Any]:
        known = [entry["id"] for entry in forms]
        chosen = [wanted] if isinstance(wanted, str) else list(wanted or ())
        for name in chosen:
            if name not in known:
                reason = f"there is no provider {name!r}; there are {', '.join(known)}."
                _refuse("providers", name, reason)
        if left and not chosen:
            chosen = [name for name in left["providers"] if name in known]
        if left and chosen:
            return {**left, "providers": chosen}
        if not chosen:
            usable = [
                entry["id"]
                for entry in forms
                if any(backend.get("chosen") for backend in entry["backends"])
            ]
            chosen = (usable or known)[:1]
        modes = [entry["modes"] for entry in forms if entry["id"] in chosen]
        common = [mode for mode in modes[0] if all(mode in each for each in modes)] if modes else []
        mode = common[0] if common else ""
        return {"providers": chosen, "mode": mode, "prompt": "", "values": {}}

    def _saved(self) -> dict[str, str]:
        """The finished takes as plain HTML."""
        from rushes.contract.errors import JournalError  # noqa: PLC0415
        from rushes.journal import JobState  # noqa: PLC0415
        from rushes.widgets.display import result_html  # noqa: PLC0415 - as the client, when it is used

        finished = []
        for record in self.gen.latest(limit=12, state=JobState.COMPLETED):
            with suppress(JournalError):  # Its row is damaged.
                finished.append(self.gen.job_of(record).finished)
        finished += self._snapshot.results(12 - len(finished))
        videos = "\n".join(result_html(result, width=320) for result in finished if result)
        return {"text/html": videos or "<p>No takes yet.</p>"}


def _refuse(parameter: str, value: object, reason: str) -> Never:
    from rushes.contract.errors import InvalidParams, Problem  # noqa: PLC0415 - as the client, when used

    raise InvalidParams.of([Problem(parameter, value, reason)])
