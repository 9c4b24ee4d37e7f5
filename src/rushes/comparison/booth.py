"""A page on which colleagues vote: it needs no server, and gives a file of votes to send back."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from rushes.comparison.entry import entry_of
from rushes.comparison.onefile import head, megabytes, mime_of, one_file
from rushes.comparison.unmarked import can_be_unmarked, unmarked
from rushes.contract.errors import InvalidParams, MediaError
from rushes.explore.votefile import FORMAT
from rushes.media.output import target

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from rushes.explore.bakeoff import BakeOff
    from rushes.explore.pairs import TakePair
    from rushes.job import Job

STATIC = Path(__file__).parents[1] / "widgets" / "static"

SOURCES = "media-src blob:; img-src blob: data:"
"""A film is decoded when it is shown."""

AT_ONCE = 2
"""Takes of the preview that are rendered at once."""


def page(bake: BakeOff, path: str | os.PathLike[str], *, limit: int) -> Path:
    """Write the page of a bake-off; see `BakeOff.page`.

    Args:
        bake: the bake-off.
        path: the page; an existing file is replaced.
        limit: most bytes of video.

    Raises:
        InvalidParams: if there is no pair of finished takes, or the path is not one of a file.
        MediaError: if a take has no file, the films are larger than the limit, or the page cannot
            be written.
        RushesError: if a take of the preview cannot be rendered without its provider's name.
    """
    pairs = bake.pairs()
    if not pairs:
        msg = "No two takes of this bake-off can be judged yet; run it and wait for its takes."
        raise InvalidParams(msg)
    goal = target(path)
    jobs = {job.id: job for pair in pairs for job in (pair.left, pair.right)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        films = dict(zip(jobs, pool.map(film_of, jobs.values()), strict=True))
    _check_size(films.values(), limit)
    style = f"\n{(STATIC / 'vote.css').read_text('utf-8')}\n"
    script = f"\n{(STATIC / 'vote-page.js').read_text('utf-8')}\n"
    data = json.dumps(_asked(bake, pairs, jobs), ensure_ascii=True).replace("<", "\\u003c")
    with one_file(goal) as file:
        file.put(head(f"Vote: {bake.name}", style, script, sources=SOURCES))
        file.put('<body class="rs-page">\n<main class="rushes" id="vote">')
        file.put("<noscript>This page needs JavaScript.</noscript></main>\n")
        file.put(f'<script type="application/json" id="asked">{data}</script>\n')
        for number, film in enumerate(films.values()):
            file.put(f'<script type="text/plain" id="film-{number}" data-type="{mime_of(film)}">')
            file.embed(film)
            file.put("</script>\n")
        file.put(f'<script type="module">{script}</script>\n</body>\n</html>\n')
    return goal


def film_of(job: Job) -> Path:
    """The file of a take to vote on; of the preview one without its provider's name.

    Raises:
        MediaError: if there is none.
        RushesError: if it cannot be rendered.
    """
    entry = entry_of(job)
    if entry.path is None:
        msg = f"The take {job.id} has no file on this machine, so nobody can vote on it."
        raise MediaError(msg)
    seed = entry.result.seed if entry.result else None
    params = entry.params.to_json() if entry.params else {}
    if can_be_unmarked(job.backend, seed, params, entry.media):
        return unmarked(entry)
    return entry.path


def _asked(bake: BakeOff, pairs: Sequence[TakePair], jobs: Iterable[str]) -> dict[str, Any]:
    """What the script of the page needs; nothing in it says who made a take."""
    groups: dict[frozenset[str], int] = {}
    numbers = {job_id: number for number, job_id in enumerate(jobs)}
    prompts = list(dict.fromkeys(pair.prompt for pair in pairs))
    dealt = []
    for pair in pairs:
        both = frozenset((pair.left.provider, pair.right.provider))
        two = [pair.left.id, pair.right.id]
        SystemRandom().shuffle(two)
        dealt.append(
            {
                "takes": two,
                "prompt": prompts.index(pair.prompt),
                "group": groups.setdefault(both, len(groups)),
            }
        )
    SystemRandom().shuffle(dealt)
    return {
        "format": FORMAT,
        "version": 1,
        "bakeoff": bake.name,
        "page": secrets.token_hex(8),
        "prompts": prompts,
        "films": numbers,
        "pairs": dealt,
    }


def _check_size(films: Iterable[Path], limit: int) -> None:
    sizes = [film.stat().st_size for film in films]
    if sum(sizes) > limit:
        msg = (
            f"The {len(sizes)} films come to {megabytes(sum(sizes))}, and this page holds at most "
            f"{megabytes(limit)}. Raise `limit`, or make a bake-off of fewer prompts or seeds."
        )
        raise MediaError(msg)
