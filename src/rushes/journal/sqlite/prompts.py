"""Prompts with names, and what prompts became when they were rewritten."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rushes.journal.prompt import MOST_ORIGINALS, PromptRecord
from rushes.journal.rows import NAMES
from rushes.journal.sqlite.rows import fetch

if TYPE_CHECKING:
    import sqlite3

_MADE_FROM = """
    SELECT id FROM jobs WHERE folder = :folder
        AND prompt_start = substr(:text, 1, 200) AND json_extract(params, '$.prompt') = :text
    UNION
    SELECT id FROM rewrites CROSS JOIN jobs ON jobs.folder = rewrites.folder
        AND prompt_start = substr(rewrites.text, 1, 200)
        AND json_extract(params, '$.prompt') = rewrites.text
    WHERE rewrites.folder = :folder AND rewrites.original = :text
    UNION
    SELECT job_id FROM cells WHERE folder = :folder AND template = :text
"""
"""Jobs whose prompt is a text, was rewritten from it, or was filled into it."""


def name(db: sqlite3.Connection, folder: str, called: str, text: str) -> PromptRecord:
    """The version of a prompt that has this wording; a new one if there is none."""
    values = {"folder": folder, "name": called, "text": text, "now": time.time()}
    db.execute(
        "INSERT INTO prompts (folder, name, number, text, created_at) "
        "SELECT :folder, :name, (SELECT coalesce(max(number), 0) + 1 FROM prompts "
        "WHERE folder = :folder AND name = :name), :text, :now WHERE NOT EXISTS "
        "(SELECT 1 FROM prompts WHERE folder = :folder AND name = :name AND text = :text)",
        values,
    )
    rows = fetch(
        db,
        "SELECT * FROM prompts WHERE folder = ? AND name = ? AND text = ?",
        (folder, called, text),
    )
    return _prompt(rows[0])


def versions(db: sqlite3.Connection, folder: str, called: str) -> list[PromptRecord]:
    """Every version of a prompt, oldest first."""
    statement = "SELECT * FROM prompts WHERE folder = ? AND name = ? ORDER BY number"
    return [_prompt(row) for row in fetch(db, statement, (folder, called))]


def latest(db: sqlite3.Connection, folder: str) -> list[PromptRecord]:
    """The latest version of every prompt, newest first."""
    rows = fetch(
        db,
        "SELECT * FROM prompts AS each WHERE folder = ? AND number = "
        "(SELECT max(number) FROM prompts WHERE folder = each.folder AND name = each.name) "
        "ORDER BY created_at DESC, name",
        (folder,),
    )
    return [_prompt(row) for row in rows]


def job_rows(db: sqlite3.Connection, folder: str, text: str) -> list[sqlite3.Row]:
    """Rows of the jobs that were made from a wording, newest first."""
    return fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE id IN ({_MADE_FROM}) ORDER BY created_at DESC, id",
        {"folder": folder, "text": text},
    )


def keep_rewrite(
    db: sqlite3.Connection, folder: str, original: str, rewriter: str, text: str
) -> None:
    """Remember what became of a prompt."""
    db.execute(
        "INSERT INTO rewrites (folder, original, rewriter, text, created_at) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (folder, original, rewriter, text) "
        "DO UPDATE SET created_at = excluded.created_at",
        (folder, original, rewriter, text, time.time()),
    )


def rewrite(db: sqlite3.Connection, folder: str, original: str, rewriter: str) -> str | None:
    """What a rewriter last made of a prompt."""
    row = db.execute(
        "SELECT text FROM rewrites WHERE folder = ? AND original = ? AND rewriter = ? "
        "ORDER BY created_at DESC LIMIT 1",
        (folder, original, rewriter),
    ).fetchone()
    return None if row is None else str(row[0])


def originals(db: sqlite3.Connection, folder: str, text: str) -> list[tuple[str, str]]:
    """The prompts of which rewriters made a text, each with the rewriter."""
    rows = db.execute(
        "SELECT original, rewriter FROM rewrites WHERE folder = ? AND text = ? AND rewriter <> '' "
        "ORDER BY created_at DESC LIMIT ?",
        (folder, text, MOST_ORIGINALS),
    )
    return [(str(original), str(rewriter)) for original, rewriter in rows]


def _prompt(row: sqlite3.Row) -> PromptRecord:
    return PromptRecord(
        folder=row["folder"],
        name=row["name"],
        number=row["number"],
        text=row["text"],
        created_at=row["created_at"],
    )
