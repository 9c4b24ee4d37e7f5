"""The page of the documentation that shows the figures."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks import table
from benchmarks.peers.environment import VERSIONS
from benchmarks.place import ROOT

if TYPE_CHECKING:
    from benchmarks.row import Row

PAGE = ROOT / "docs" / "explanation" / "speed.md"
BEGIN = "<!-- written by `make bench BENCH=--page` -->"
END = "<!-- end of what it writes -->"


class NotCommittedError(Exception):
    """The figures would describe a state that has no name."""


def commit() -> str:
    """The commit that is measured.

    Raises:
        NotCommittedError: when files differ from it, so that nobody could measure the same again.
    """
    changed = _git("status", "--porcelain")
    if changed:
        msg = f"Commit or stash first; these files differ from the last commit:\n{changed}"
        raise NotCommittedError(msg)
    return _git("rev-parse", "--short=10", "HEAD")


def write(rows: list[Row], measured: str, seconds: float) -> None:
    """Put the rows between the markers of the page.

    Args:
        rows: what was measured, in one run.
        measured: the commit.
        seconds: how long the run took.
    """
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    facts = (
        f"Commit `{measured}`, {datetime.now(UTC):%Y-%m-%d}, {table.machine()}, "
        f"beside {', '.join(VERSIONS)}; one run of {seconds / 60:.0f} minutes."
    )
    notes = "\n".join(f"- {row.measure}: {row.remark}." for row in rows if row.remark)
    body = [BEGIN, facts, table.markdown(rows, with_remarks=False), "How each was measured:", notes]
    PAGE.write_text(before + "\n\n".join([*body, END]) + after, "utf-8")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
