"""The output of the commands. Texts of users and services are never interpreted as markup.

A job's id starts with the time of its submission, so there is no column for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rushes.contract.errors import JournalError
from rushes.job import result_of
from rushes.journal import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.backends.registry import BackendInfo
    from rushes.catalog import Catalog
    from rushes.journal import JobRecord
    from rushes.spend import Spend

STYLES = {
    JobState.COMPLETED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "dim",
    JobState.UNCERTAIN: "bold yellow",
}


def jobs(records: Sequence[JobRecord], catalog: Catalog) -> RenderableType:
    """A table of jobs, and what to do about uncertain ones."""
    if not records:
        return Text("No jobs yet.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("job", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("provider", no_wrap=True)
    table.add_column("backend", no_wrap=True)
    table.add_column("cost", justify="right", no_wrap=True)
    table.add_column("prompt or error", ratio=1, no_wrap=True, overflow="ellipsis")
    for record in records:
        table.add_row(
            record.id,
            Text(record.state, style=STYLES.get(record.state, "cyan")),
            Text(record.provider),
            Text(record.backend),
            _cost(record, catalog),
            Text(_words(record)),
        )
    doubtful = [record for record in records if record.state is JobState.UNCERTAIN]
    if not doubtful:
        return table
    first = doubtful[0].id
    help_ = Text.assemble(
        f"{len(doubtful)} uncertain: the service may have it. Look there, then run\n",
        (f"  rushes jobs resolve {first} THE-ID-THERE", "bold"),
        "   if you found it\n",
        (f"  rushes jobs resubmit {first}", "bold"),
        "               to send it again; may pay twice\n",
        (f"  rushes jobs abandon {first}", "bold"),
        "                to give it up\n",
    )
    return Group(table, help_)


def spend(amounts: Spend) -> RenderableType:
    """What was spent, in three columns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    last = ""
    for group, name, amount in amounts.rows():
        table.add_row(Text(group if group != last else "", style="bold"), Text(name), Text(amount))
        last = group
    return table


def backends(infos: Sequence[BackendInfo]) -> RenderableType:
    """A list of the services."""
    lines: list[RenderableType] = []
    for info in infos:
        head, *rest = str(info).splitlines()
        name, _, state = head.partition(": ")
        style = "green" if info.configured else ""
        lines.append(Text.assemble((name, "bold"), ": ", (state, style)))
        for line in rest:
            text = line.lstrip()
            lines.append(Padding(Text(text, style="dim"), (0, 0, 0, len(line) - len(text))))
        lines.append(Text())
    return Group(*lines)


def _words(record: JobRecord) -> str:
    """The error or prompt, in one line."""
    text = (record.error and record.error.message) or record.params.get("prompt") or ""
    return " ".join(str(text).split())


def _cost(record: JobRecord, catalog: Catalog) -> str:
    cost = None
    if record.state is JobState.COMPLETED:
        with suppress(JournalError):
            cost = result_of(record).cost
    else:
        spec = catalog.providers.get(record.provider)
        cost = spec.estimate(record.known_params, record.backend) if spec else None
    return str(cost).replace("about ", "~") if cost else ""
