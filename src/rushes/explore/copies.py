"""Takes of a copied library: what the journal has in another folder, and lies in this one, too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rushes.contract.errors import JobNotFound, RushesError
from rushes.journal import JobState

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from rushes.journal import Journal


FEW = 64
"""Takes of a folder whose sidecars are read where that is quicker than reading the ids of all jobs
of a library, which may be a hundred thousand."""


def copies(journal: Journal, library: Path, keys: Collection[str]) -> dict[tuple[str, str], str]:
    """Jobs whose video was copied into a library: their ids by `content_key` and service.

    A sidecar only says which job it is; that this job made the same, the journal knows itself. What
    a job of another journal made, the sidecar says.

    Args:
        journal: knows the jobs, of whatever folder.
        library: the folder.
        keys: the content that is looked for.
    """
    # Loaded here, because it brings what downloads.
    from rushes.media.found import Folder, digest_beside  # noqa: PLC0415 - as the comment says

    folder = Folder(library)
    if not keys or not folder.count:
        return {}
    wanted = set(keys)
    found: dict[tuple[str, str], str] = {}
    # The library's own jobs are not among those that are looked for: they would have been found.
    known = journal.ids(str(library), since=0.0) if folder.count > FEW else ()
    for take in folder.takes(known):
        name, path = take.result.job_id, take.result.path
        if name is None or path is None:
            continue
        try:
            job = journal.get(name)
        except JobNotFound:
            key = digest_beside(path)
            if key in wanted:
                found.setdefault((str(key), take.result.backend or ""), name)
            continue
        except RushesError:  # It is damaged.
            continue
        if job.content_key in wanted and job.state is JobState.COMPLETED:
            found.setdefault((job.content_key or "", job.backend), job.id)
    return found


def rewrites(journal: Journal, library: Path) -> dict[tuple[str, str], str]:
    """What became of prompts in takes of a library that the journal does not have there.

    That is what their sidecars say. They are as untrusted as the folder; what becomes of a prompt
    is shown before it is sent.

    Args:
        journal: knows the jobs of the library.
        library: the folder; only its newest takes are read.

    Returns:
        The texts, by `text_key` of the prompt and what names the rewriter.
    """
    # Loaded here, because it brings what downloads.
    from rushes.media.found import MOST_READ, Folder  # noqa: PLC0415 - as the comment says
    from rushes.media.sidecar import rewrites_beside  # noqa: PLC0415 - as the comment says

    folder = Folder(library)
    if not folder.count:
        return {}
    known = journal.ids(str(library), since=0.0) if folder.count > FEW else ()
    found: dict[tuple[str, str], str] = {}
    for take in folder.takes(known, most=MOST_READ):
        for each in rewrites_beside(take.result.path) if take.result.path else ():
            found.setdefault((each.original, each.rewriter), each.text)
    return found


def origins(journal: Journal, library: Path) -> list[str]:
    """The libraries from which takes of one were copied, as far as the journal has their jobs.

    Args:
        journal: knows the jobs, of whatever folder.
        library: the folder with the copies; its newest takes say where they came from.
    """
    # Loaded here, because it brings what downloads.
    from rushes.media.found import Folder  # noqa: PLC0415 - as the comment says

    found: dict[str, None] = {}
    for take in Folder(library).takes(most=FEW):
        with suppress(RushesError):  # It is not known here, or damaged.
            found[journal.get(take.result.job_id or "").folder] = None
    return [folder for folder in found if folder != str(library)]
