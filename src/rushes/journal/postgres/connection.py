"""One connection to PostgreSQL, as the statements of the journal use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    Values = Sequence[Any] | Mapping[str, Any]

NOW = "extract(epoch FROM statement_timestamp())::double precision"
"""Unix seconds by the server's clock, the only one that decides anything. It does not change while
a statement runs, so an index can be searched by it."""

UNFINISHED_ROWS = "state IN ('queued', 'submitting', 'running', 'fetching')"
"""Word for word as in the partial indexes, which serve only then."""


class Connection:
    """Executes statements whose values stand for ``%s``, or for ``%(name)s``, in them."""

    __slots__ = ("raw",)

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw

    def run(self, statement: str, values: Values = ()) -> int:
        """Execute a statement; the number of rows that it changed."""
        return self.raw.execute(statement.encode(), values or None).rowcount

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.raw.execute(statement.encode(), values or None).fetchall()

    def one(self, statement: str, values: Values = ()) -> tuple[Any, ...] | None:
        """The first row of a query, if it has one."""
        row: tuple[Any, ...] | None = self.raw.execute(
            statement.encode(), values or None
        ).fetchone()
        return row

    def row(self, statement: str, values: Values = ()) -> tuple[Any, ...]:
        """The first row of a query that has one."""
        found = self.one(statement, values)
        assert found is not None  # noqa: S101 - the statement is of a kind that returns one
        return found

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Execute a statement once with each of several sets of values."""
        if values:
            with self.raw.cursor() as cursor:
                cursor.executemany(statement.encode(), values)
