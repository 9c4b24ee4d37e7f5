"""What a comparison shows, as JSON for the page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import entries
from rushes.comparison.naming import facts as facts_of
from rushes.job import Job
from rushes.journal import UNFINISHED
from rushes.journal.vote import fingerprint
from rushes.media.probe import probe
from rushes.widgets.display import file_address, film_html, job_html, result_html
from rushes.widgets.inputs import look
from rushes.widgets.take import finished, media, take_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.comparison.entry import Entry
    from rushes.engine import Engine, Progress
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

    Raises:
        InvalidParams: when they cannot be compared.
        MediaError: if a file does not exist or is not a video.
    """

    def __init__(self, takes: Any, *, labels: Sequence[str] | None = None) -> None:
        if not isinstance(takes, (Mapping, str, bytes)):
            takes = list(takes)
        found = entries(takes, labels=labels)
        given = list(takes.values() if isinstance(takes, Mapping) else takes)
        self.labels = [entry.label for entry in found]
        self._given = dict(zip(self.labels, given, strict=True))
        self._pushed: dict[str, JobState] = {}
        self._files = {
            label: _file_take(entry)
            for label, entry in zip(self.labels, found, strict=True)
            if not isinstance(self._given[label], Job)
        }
        self._keys = self._distinct_keys(found)

    @property
    def engines(self) -> list[Engine]:
        """What works on jobs among the takes, each once."""
        jobs = [take for take in self._given.values() if isinstance(take, Job)]
        return list({id(job.engine): job.engine for job in jobs}.values())

    def entries(self, keys: Sequence[str] | None = None) -> list[Entry]:
        """The takes as they are now, all or some of them by the names the page has for them."""
        chosen = list(self._keys) if keys is None else [key for key in keys if key in self._keys]
        return entries({self._keys[key]: self._given[self._keys[key]] for key in chosen})

    def entry(self, key: str) -> Entry | None:
        """The take that the page calls so."""
        if key not in self._keys:
            return None
        return next(entry for entry in self.entries() if entry.label == self._keys[key])

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
        state = self._pushed.get(record.id)
        if state is record.state and record.state not in UNFINISHED:
            return None
        self._pushed[record.id] = record.state
        job: Job = self._given[label]
        key = next(key for key, name in self._keys.items() if name == label)
        take = take_of(record, progress, job.engine.catalog)
        return take | {"job": key, "label": label}

    def html(self) -> str:
        """The takes for a page without a kernel."""
        cells = []
        for label, entry in zip(self.labels, self.entries(), strict=True):
            given = self._given[label]
            if entry.result is not None:
                shown = result_html(entry.result, width=WIDTH)
            elif isinstance(given, Job):
                shown = job_html(given)
            else:
                shown = _plain(entry)
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
            engine = given.engine
            record = engine.record(given.id)
            take = take_of(record, engine.progress_of(record), engine.catalog)
        else:
            take = self._files[label]
        return take | {"job": key, "label": label}


def _file_take(entry: Entry) -> dict[str, Any]:
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
            "backend": result.backend,
            "mode": result.mode,
            "prompt": result.prompt or "",
        }
        # Of a result alone the inputs are not known.
        take.setdefault(
            "asked", [fingerprint({"prompt": result.prompt, "mode": result.mode})[0], None]
        )
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


def _plain(entry: Entry) -> str:
    """A file or a link that nothing is known of but what can be seen."""
    if entry.path is None:
        address = entry.url or ""
        caption = f'<a href="{escape(address)}">{escape(address)}</a>'
        return film_html(address, caption, shape=UNKNOWN, width=WIDTH)
    facts, still = look(str(entry.path))
    shape = (facts["width"], facts["height"])
    words = " · ".join(facts_of(shape, facts["seconds"]))
    caption = f"<code>{escape(entry.path.name)}</code> · {words}"
    address = file_address(entry.path) or entry.path.as_uri()
    return film_html(address, caption, shape=shape, poster=still, width=WIDTH)
