"""Webhooks that people ask for: where their endings are announced, and how far that has got.

The endings of a person are numbered already, so a webhook is a place in these numbers: what is
announced, and when it is tried again, survives a restart without a row for every announcement.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rushes.contract.errors import InvalidParams, JobNotFound, Problem

if TYPE_CHECKING:
    from rushes.gateway.register import Owner
    from rushes.gateway.tables import Row, Rows, Tables

MOST = 5
"""Webhooks of a person in an application."""

LONGEST = 2_000
"""Characters of an address."""

BYTES = 32
"""Random bytes of a secret."""

DELAYS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
"""Seconds until an announcement is tried again, after each failure; then it is switched off."""

LEASE = 60.0
"""Seconds for which one process alone announces to an address; longer than that can take."""


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A webhook.

    Attributes:
        id: names it.
        owner: application and person.
        url: where endings are announced.
        secret: signs the announcements.
        created_at: unix seconds.
        number: the ending that is announced next; None if there is none.
        job_id: the person's id of its job.
        tries: how often that has failed.
        next_at: when it is tried; it names the version of the row, too.
        disabled_at: since when nothing is announced; None if something is.
        reason: why nothing is, or why the last try failed.
    """

    id: str
    owner: Owner
    url: str
    secret: bytes
    created_at: float
    number: int | None = None
    job_id: str | None = None
    tries: int = 0
    next_at: float = 0.0
    disabled_at: float | None = None
    reason: str | None = None


class Hooks:
    """The webhooks of all people. Safe to use from any thread.

    Args:
        tables: where they are kept.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, owner: Owner, url: str, *, private: bool) -> Hook:
        """Announce what ends from now on.

        Args:
            owner: whose endings.
            url: where.
            private: whether plain http is allowed.

        Raises:
            InvalidParams: when the address cannot be used, or there are too many.
        """
        _check(url, private=private)
        app, person = owner
        hook = Hook(
            id=secrets.token_hex(8),
            owner=owner,
            url=url,
            secret=secrets.token_bytes(BYTES),
            created_at=time.time(),
        )

        def work(db: Rows) -> None:
            row = db.one(
                "SELECT count(*) AS number FROM hooks WHERE app = ? AND person = ? AND id <> ?",
                *(app, person, hook.id),
            )
            if row is not None and row["number"] >= MOST:
                msg = f"You have {MOST} webhooks already; delete one of them first."
                raise InvalidParams(msg)
            db.run(
                "INSERT INTO hooks (id, app, person, url, secret, created_at, cursor_at, tries, "
                "next_at) SELECT ?, ?, ?, ?, ?, ?, coalesce(max(number), 0), 0, 0 FROM endings "
                "WHERE app = ? AND person = ? ON CONFLICT DO NOTHING",
                *(hook.id, app, person, url, hook.secret, hook.created_at, app, person),
            )

        self._tables.write(work, locks={f"hooks {app} {person}", f"endings {app} {person}"})
        return hook

    def of(self, owner: Owner) -> list[Hook]:
        """The webhooks of a person, oldest first."""
        rows = self._tables.read(
            lambda db: db.all(
                "SELECT * FROM hooks WHERE app = ? AND person = ? ORDER BY created_at, id", *owner
            )
        )
        return [_hook(row) for row in rows]

    def remove(self, owner: Owner, hook_id: str) -> None:
        """Announce nothing there any more.

        Raises:
            JobNotFound: when the person has no webhook of that id.
        """
        found = self._tables.write(
            lambda db: db.run(
                "DELETE FROM hooks WHERE id = ? AND app = ? AND person = ?", hook_id, *owner
            )
        )
        if not found:
            msg = f"You have no webhook {hook_id}."
            raise JobNotFound(msg)

    def due(self, now: float) -> list[Hook]:
        """The webhooks for which something is to be announced now."""
        rows = self._tables.read(
            lambda db: db.all(
                "SELECT hooks.*, endings.number, endings.job_id FROM hooks JOIN endings "
                "ON endings.app = hooks.app AND endings.person = hooks.person "
                "WHERE hooks.disabled_at IS NULL AND hooks.next_at <= ? AND endings.number = ("
                "SELECT min(number) FROM endings AS later WHERE later.app = hooks.app "
                "AND later.person = hooks.person AND later.number > hooks.cursor_at)",
                now,
            )
        )
        return [_hook(row) for row in rows]

    def take(self, hook: Hook, now: float) -> Hook | None:
        """Have this process alone announce to an address; None if another one does."""
        until = now + LEASE
        taken = self._tables.write(
            lambda db: db.run(
                "UPDATE hooks SET next_at = ? WHERE id = ? AND (next_at = ? OR next_at = ?)",
                *(until, hook.id, hook.next_at, until),
            )
        )
        return hook if taken else None

    def announced(self, hook: Hook) -> None:
        """The address has it: the next one may be announced."""
        self._change(
            "UPDATE hooks SET cursor_at = ?, tries = 0, next_at = 0, reason = NULL "
            "WHERE id = ? AND cursor_at < ?",
            *(hook.number, hook.id, hook.number),
        )

    def failed(self, hook: Hook, reason: str, now: float) -> None:
        """The address does not have it: try again later, or no more after many failures."""
        if hook.tries >= len(DELAYS):
            self.disable(hook, f"{reason} That was so {hook.tries + 1} times.", now)
            return
        # Not all at once after a server was away.
        delay = DELAYS[hook.tries] * (1.0 + secrets.randbelow(200) / 1_000)
        self._change(
            "UPDATE hooks SET tries = ?, next_at = ?, reason = ? WHERE id = ? AND cursor_at < ?",
            *(hook.tries + 1, now + delay, reason, hook.id, hook.number),
        )

    def disable(self, hook: Hook, reason: str, now: float) -> None:
        """Announce nothing there until the person adds it again."""
        self._change(
            "UPDATE hooks SET disabled_at = ?, reason = ? WHERE id = ? AND cursor_at < ?",
            *(now, reason, hook.id, hook.number),
        )

    def _change(self, statement: str, *values: object) -> None:
        self._tables.write(lambda db: db.run(statement, *values))


def _check(url: str, *, private: bool) -> None:
    """Check the address of a webhook; where its name leads is decided at each connection.

    Raises:
        InvalidParams: when it cannot be one.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    schemes = ("https", "http") if private else ("https",)
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not is_plain or parts.scheme not in schemes or not host or parts.username is not None:
        words = "it has to be an address that starts with https://, without a user in it."
        raise InvalidParams.of([Problem("url", None, words)])


def _hook(row: Row) -> Hook:
    return Hook(
        id=row["id"],
        owner=(row["app"], row["person"]),
        url=row["url"],
        secret=bytes(row["secret"]),
        created_at=row["created_at"],
        number=row.get("number"),
        job_id=row.get("job_id"),
        tries=row["tries"],
        next_at=row["next_at"],
        disabled_at=row["disabled_at"],
        reason=row["reason"],
    )
