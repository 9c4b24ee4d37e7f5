"""Who calls: a person in an application, as a token says."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from pathlib import Path

Scope = Literal["read", "submit", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
"""What a token can allow: to read one's jobs and videos, to submit and cancel jobs, and to see the
jobs of all people of the application."""

USUAL: tuple[Scope, ...] = ("read", "submit")
"""What a token allows unless something else is said."""

PREFIX = "rsh_"
"""How every token begins, so that programs that search for leaked secrets know it."""

BYTES = 32
"""Random bytes of a token. So many cannot be guessed, so a plain SHA-256 protects what is kept."""

NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names of applications, as clients send them."""

PEOPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
"""Names of people; they are names of folders, too."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One person in one application.

    Attributes:
        person: the name of the person.
        app: the application that jobs are billed to.
        scopes: what the token allows.
        tier: the name of the limits that apply; None for those of everybody.
        token_id: names the token in lists; it is not the token.
        expires_at: when the token expires, unix seconds; None for never.
    """

    person: str
    app: str
    scopes: frozenset[str] = frozenset(USUAL)
    tier: str | None = None
    token_id: str = ""
    expires_at: float | None = None

    @property
    def account(self) -> str:
        """Whose money it is: a part of the application's, as `rushes.journal.ledger.PART` says."""
        return f"{self.app}\n{self.person}"

    def folder(self, media: Path) -> Path:
        """The library of this person in this application.

        It also marks whose a job is: the journal has the folder of each job.
        """
        return media / self.app / self.person

    def inner_id(self, job_id: str) -> str:
        """The journal's id of a job that this caller calls `job_id`.

        Other people get other ids for the same name, so that nobody can reach, take or even notice
        another person's job.
        """
        text = f"{self.app}\0{self.person}\0{job_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def new_token() -> str:
    """A token; it is shown once, and only its `digest` is kept."""
    return PREFIX + secrets.token_urlsafe(BYTES)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
