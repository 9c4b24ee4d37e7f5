"""Prompts with names, and what prompts became when they were rewritten."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from rushes.journal.postgres.connection import NOW
from rushes.journal.postgres.locks import hold
from rushes.journal.postgres.rows import text as as_stored
from rushes.journal.prompt import MOST_ORIGINALS, PromptRecord
from rushes.journal.rows import NAMES

if TYPE_CHECKING:
    from rushes.journal.postgres.connection import Connection

_COLUMNS = "folder, name, number, text, created_at"

_MADE_FROM = """
    SELECT id FROM jobs WHERE folder = %(folder)s AND prompt = %(text)s
    UNION
    SELECT jobs.id FROM rewrites JOIN jobs
        ON jobs.folder = rewrites.folder AND jobs.prompt = rewrites.text
    WHERE rewrites.folder = %(folder)s AND rewrites.original = %(text)s
    UNION
    SELECT job_id FROM cells WHERE folder = %(folder)s AND template = %(text)s
"""
"""Jobs whose prompt is a text, was rewritten from it, or was filled into it."""


def name(db: Connection, folder: str, called: str, text: str) -> PromptRecord:
    """The version of a prompt that has this wording; a new one if there is none."""
    folder, called, text = as_stored(folder), as_stored(called), as_stored(text)
    hold(db, [f"prompt {folder} {called}"])
    prompt = (folder, called)
    row = db.one(
        f"SELECT {_COLUMNS} FROM prompts WHERE folder = %s AND name = %s AND text = %s",
        (*prompt, text),
    )
    if row is None:
        row = db.row(
            f"INSERT INTO prompts ({_COLUMNS}) SELECT %s, %s, coalesce(max(number), 0) + 1, %s, "
            f"{NOW} FROM prompts WHERE folder = %s AND name = %s RETURNING {_COLUMNS}",
            (*prompt, text, *prompt),
        )
    return _prompt(row)


def versions(db: Connection, folder: str, called: str) -> list[PromptRecord]:
    """Every version of a prompt, oldest first."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM prompts WHERE folder = %s AND name = %s ORDER BY number",
        (as_stored(folder), as_stored(called)),
    )
    return [_prompt(row) for row in rows]


def latest(db: Connection, folder: str) -> list[PromptRecord]:
    """The latest version of every prompt, newest first."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM (SELECT DISTINCT ON (name) {_COLUMNS} FROM prompts "
        "WHERE folder = %s ORDER BY name, number DESC) AS latest ORDER BY created_at DESC, name",
        (as_stored(folder),),
    )
    return [_prompt(row) for row in rows]


def job_rows(db: Connection, folder: str, text: str) -> list[tuple[Any, ...]]:
    """Rows of the jobs that were made from a wording, newest first."""
    statement = f"SELECT {NAMES} FROM jobs WHERE id IN ({_MADE_FROM}) ORDER BY created_at DESC, id"
    values = {"folder": as_stored(folder), "text": as_stored(text)}
    return db.rows(statement, values)


def keep_rewrite(db: Connection, folder: str, original: str, rewriter: str, text: str) -> None:
    """Remember what became of a prompt."""
    texts = [as_stored(each) for each in (folder, original, rewriter, text)]
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()
    db.run(
        "INSERT INTO rewrites (digest, folder, original, rewriter, text, created_at) "
        f"VALUES (%s, %s, %s, %s, %s, {NOW}) "
        "ON CONFLICT (digest) DO UPDATE SET created_at = excluded.created_at",
        (digest, *texts),
    )


def rewrite(db: Connection, folder: str, original: str, rewriter: str) -> str | None:
    """What a rewriter last made of a prompt."""
    row = db.one(
        "SELECT text FROM rewrites WHERE folder = %s AND original = %s AND rewriter = %s "
        "ORDER BY created_at DESC LIMIT 1",
        (as_stored(folder), as_stored(original), as_stored(rewriter)),
    )
    return None if row is None else str(row[0])


def originals(db: Connection, folder: str, text: str) -> list[tuple[str, str]]:
    """The prompts of which rewriters made a text, each with the rewriter."""
    rows = db.rows(
        "SELECT original, rewriter FROM rewrites WHERE folder = %s AND text = %s "
        "AND rewriter <> '' ORDER BY created_at DESC LIMIT %s",
        (as_stored(folder), as_stored(text), MOST_ORIGINALS),
    )
    return [(str(original), str(rewriter)) for original, rewriter in rows]


def _prompt(row: tuple[Any, ...]) -> PromptRecord:
    folder, called, number, text, created_at = row
    return PromptRecord(folder=folder, name=called, number=number, text=text, created_at=created_at)
