"""What a comparison shows, as JSON for the page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import entries, entry_of, unwrapped
from rushes.comparison.naming import facts as facts_of, title_of
from rushes.comparison.unmarked import can_be_unmarked
from rushes.contract.errors import RushesError
from rushes.contract.wording import on_one_line, visible
from rushes.job import Job
from rushes.jobs import Jobs
from rushes.journal import UNFINISHED
from rushes.journal.vote import fingerprint
from rushes.media.probe import probe
from rushes.widgets.display import file_address, film_html, job_html, result_html
from rushes.widgets.inputs import look
from rushes.widgets.take import finished, marks_of, media, take_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.comparison.entry import Entry
    from rushes.contract.marks import Marks
    from rushes.engine import Progress
    from rushes.journal import JobRecord, JobState

WIDTH = 320
"""Of a take in a page without a kernel, in CSS pixels."""

FIGURE = (
    f"display:inline-block;max-width:{WIDTH + 2}px;margin:0 8px 8px 0;vertical-align:top;"
    f"overflow-wrap:anywhere"
)
"""As wide as its film with the border, however long its label."""

UNKNOWN = (16, 9)
"""The shape of a film that nobody has measured."""


class Compared:
    """The takes of one comparison, under names of their own.

    Args:
        takes: as `rushes.comparison.entries` takes them.
        labels: as `rushes.comparison.entries` takes them.
        keys: what the page calls each; by default the job, where there is one.
        home: the client whose journal keeps the votes when none of them is a job.

    Raises:
        InvalidParams: when they cannot be compared.
        MediaError: if a file does not exist or is not a video.
    """

    def __init__(
        self,
        takes: Any,
        *,
        labels: Sequence[str] | None = None,
        keys: Sequence[str] | None = None,
        home: Jobs | None = None,
    ) -> None:
        if not isinstance(takes, (Mapping, str, bytes)):
            takes = list(takes)
        found = entries(takes, labels=labels)
        several = takes.values() if isinstance(takes, Mapping) else takes
        given = [unwrapped(take) for take in several]
        self.labels = [entry.label for entry in found]
        self._given = dict(zip(self.labels, given, strict=True))
        self._clients = {job.id: Jobs.of(job) for job in given if isinstance(job, Job)}
        self._pushed: dict[str, tuple[JobState, Marks]] = {}
        self._files = {
            label: file_take(entry)
            for label, entry in zip(self.labels, found, strict=True)
            if not isinstance(self._given[label], Job)
        }
        self._keys = (
            self._distinct_keys(found)
            if keys is None
            else dict(zip(keys, self.labels, strict=True))
        )
        self._home = home

    @property
    def clients(self) -> list[Jobs]:
        """The clients of jobs among the takes, one for each journal."""
        clients = list({client.epoch: client for client in self._clients.values()}.values())
        return clients or ([self._home] if self._home else [])

    def entries(self, keys: Sequence[str] | None = None) -> list[Entry]:
        """The takes as they are now, all or some of them by the names the page has for them."""
        chosen = list(self._keys) if keys is None else [key for key in keys if key in self._keys]
        return entries({self._keys[key]: self._given[self._keys[key]] for key in chosen})

    def entry(self, key: str) -> Entry | None:
        """The take that the page calls so."""
        if key not in self._keys:
            return None
        return next(entry for entry in self.entries() if entry.label == self._keys[key])

    def mark(self, key: str, changes: Mapping[str, Any]) -> Marks:
        """Change the marks of the take that the page calls so.

        Raises:
            InvalidParams: names each mark that is wrong.
            RushesError: if there is no place for its marks.
        """
        label = self._keys.get(key)
        given = None if label is None else self._given[label]
        if isinstance(given, Job):
            return given.mark(**changes)
        entry = self.entry(key)
        if label is None or entry is None or entry.result is None:
            msg = "This take is not in a library, so its marks cannot be kept."
            raise RushesError(msg)
        marks = entry.result.mark(**changes)
        self._files[label] = self._files[label] | {"marks": marks_of(marks)}
        return marks

    def takes(self) -> list[dict[str, Any]]:
        """All takes, for the page."""
        return [self._take(key, label) for key, label in self._keys.items()]

    def change(self, record: JobRecord, progress: Progress) -> dict[str, Any] | None:
        """A take that has changed.

        None when it is not one of these, or nothing of it is new.
        """
        label = self._label_of(record.id)
        if label is None:
            return None
        now = (record.state, record.marks)
        if self._pushed.get(record.id) == now and record.state not in UNFINISHED:
            return None
        key = next(key for key, name in self._keys.items() if name == label)
        take = take_of(record, progress, self._clients[record.id].catalog)
        self._pushed[record.id] = now
        return take | {"job": key, "label": label}

    def html(self) -> str:
        """The takes for a page without a kernel; one that cannot be read any more says why."""
        cells = []
        for label, given in self._given.items():
            try:
                shown = _shown(given)
            except RushesError as error:
                shown = f"<p>{escape(visible(error.message))}</p>"
            cells.append(
                f'<figure style="{FIGURE}">'
                f"<figcaption><strong>{escape(label)}</strong></figcaption>{shown}</figure>"
            )
        return "\n".join(cells)

    def _label_of(self, job_id: str) -> str | None:
        for label, given in self._given.items():
            if isinstance(given, Job) and given.id == job_id:
                return label
        return None

    def _distinct_keys(self, found: list[Entry]) -> dict[str, str]:
        """A key for each label: the job, where there is one and it stands here once."""
        keys: dict[str, str] = {}
        for number, entry in enumerate(found):
            key = entry.job_id
            keys[key if key and key not in keys else f"take-{number + 1}"] = entry.label
        return keys

    def _take(self, key: str, label: str) -> dict[str, Any]:
        given = self._given[label]
        if isinstance(given, Job):
            client = self._clients[given.id]
            record = client.record(given.id)
            take = take_of(record, client.progress_of(record), client.catalog)
        else:
            take = self._files[label]
        return take | {"job": key, "label": label}


def file_take(entry: Entry) -> dict[str, Any]:
    """A take without a job: a result, a file or a link."""
    take: dict[str, Any] = {
        "state": "completed",
        "provider": "",
        "mode": "",
        "prompt": "",
        "params": {},
        "createdAt": 0.0,
        "video": media(entry.path, entry.url, "video/mp4"),
    }
    if entry.params is not None:
        take["params"] = entry.params.to_json()
        take["asked"] = list(fingerprint(take["params"]))
    result = entry.result
    if result is not None:
        take |= finished(result) | {
            "provider": result.provider,
            "providerTitle": title_of(result.provider),
            "backend": result.backend,
            "mode": result.mode,
            "prompt": result.prompt or "",
            "marks": marks_of(result.marks),
        }
        # Of a result alone the inputs are not known.
        take.setdefault(
            "asked", [fingerprint({"prompt": result.prompt, "mode": result.mode})[0], None]
        )
        if can_be_unmarked(result.backend, result.seed, take["params"], entry.media):
            take["unmarked"] = media(None, None, "video/mp4")
        # The file may have been moved since the result was written.
        take["video"] = media(entry.path, entry.url, "video/mp4")
    elif entry.path is not None:
        clip = probe(entry.path)
        take |= {
            "width": clip.width,
            "height": clip.height,
            "durationSeconds": clip.seconds,
            "fps": clip.fps,
            "bytes": clip.bytes,
        }
    return take


def _shown(given: Any) -> str:
    """One take as HTML."""
    entry = entry_of(given)
    if entry.result is not None:
        return result_html(entry.result, width=WIDTH)
    return job_html(given) if isinstance(given, Job) else _plain(entry)


def _plain(entry: Entry) -> str:
    """A file or a link that nothing is known of but what can be seen."""
    if entry.path is None:
        address = entry.url or ""
        caption = f'<a href="{escape(address)}">{escape(address)}</a>'
        return film_html(address, caption, shape=UNKNOWN, width=WIDTH)
    facts, still = look(str(entry.path))
    shape = (facts["width"], facts["height"])
    words = " · ".join(facts_of(shape, facts["seconds"]))
    caption = f"<code>{escape(on_one_line(entry.path.name))}</code> · {words}"
    address = file_address(entry.path) or entry.path.as_uri()
    return film_html(address, caption, shape=shape, poster=still, width=WIDTH)
