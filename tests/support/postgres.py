"""PostgreSQL for tests: one server for all processes of a run, and a database for each test.

The server is Debian's, or any whose `pg_config` or `initdb` is found. It runs as another user if
the tests run as root, because it refuses to be root's.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self
from uuid import uuid4

import pytest

from support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEBIAN = Path("/usr/lib/postgresql")
"""Debian keeps the programs here, in a folder for each version."""

MEMORY = Path("/dev/shm")
"""Linux's file system in memory."""

USER = "postgres"
"""Who runs the server if the tests run as root; Debian's package makes it."""

ADMIN = "rushes"
"""The database's superuser."""

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For tests that lose no power: the journal turns `synchronous_commit` on again."""

PLAIN = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10min",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}


@cache
def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where PostgreSQL is not installed."""
    newest = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def require() -> None:
    """Skip a test where there is no server, or none that may be run."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed; on Debian or Ubuntu: apt-get install postgresql")
    if os.getuid() == 0 and not _has_user():
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {USER!r}")


def _has_user() -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(USER))
    return False


def _as_user(command: Sequence[str | Path]) -> list[str]:
    """The command as one that the server's programs do not refuse."""
    words = [str(word) for word in command]
    return ["runuser", "-u", USER, "--", *words] if os.getuid() == 0 else words


def _while_this_lives(command: Sequence[str | Path]) -> list[str]:
    """The command as a process that ends with this one, also if this one is killed."""
    if shutil.which("setpriv") is None:
        return _as_user(command)
    user = ["--reuid", USER, "--regid", USER, "--init-groups"] if os.getuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig", "INT", "--", *map(str, command)]


class Server:
    """A server that runs from `start` to `stop`, and may be stopped in between.

    Args:
        folder: an empty folder, which belongs to the user that runs it.
        settings: of the server, besides those that each has.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._settings = PLAIN | (settings or QUICK)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls, **settings: str) -> Self:
        """A server with files of its own, in memory where that is possible; it is not started.

        Args:
            settings: as for the class.
        """
        found = programs()
        assert found is not None
        is_large = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 * 1024**3
        folder = Path(mkdtemp(prefix="rushes-postgres-", dir=MEMORY if is_large else None))
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        server = cls(folder, **settings)
        options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "-U", ADMIN]
        command = [found / "initdb", "-D", server._data, *options]
        subprocess.run(_as_user(command), check=True, capture_output=True, cwd="/")
        return server

    def remove(self) -> None:
        """End it, with its files."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{ADMIN}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        found = programs()
        assert found is not None
        settings = [word for item in self._settings.items() for word in ("-c", "=".join(item))]
        command = [found / "postgres", "-D", self._data, "-p", str(self.port), *settings]
        self._process = subprocess.Popen(
            _while_this_lives(command),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        ready = [found / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + 60.0
        while subprocess.run([*map(str, ready)], check=False).returncode != 0:
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast``, or ``immediate`` as if the power had gone."""
        found = programs()
        assert found is not None
        command = [found / "pg_ctl", "stop", "-w", "-D", self._data, "-m", mode]
        subprocess.run(_as_user(command), check=True, capture_output=True, cwd="/")
        if self._process is not None:
            self._process.wait(60.0)

    def kill(self) -> None:
        """End it whatever it does, if it runs."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGQUIT)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20.0)


@dataclass(frozen=True)
class Databases:
    """Makes databases on a server that runs.

    Attributes:
        port: of the server.
        template: the database that each one is a copy of.
    """

    port: int
    template: str = "template1"

    def url(self, database: str) -> str:
        """The address of one of them."""
        return f"postgresql://{ADMIN}@127.0.0.1:{self.port}/{database}"

    def make(self, *, empty: bool = False) -> str:
        """The address of another database, with the journal's tables unless it is to be empty."""
        name = f"test_{uuid4().hex}"
        template = "template1" if empty else self.template
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Delete a database, whatever is connected to it."""
        self.admin(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def admin(self, statement: str) -> None:
        """Execute a statement as the superuser."""
        execute(self.url("postgres"), statement)


def execute(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Execute a statement in a database; what it returns."""
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used

    with psycopg.connect(url, autocommit=True) as raw:
        done = raw.execute(statement.encode(), values or None)
        return done.fetchall() if done.description else []


@contextlib.contextmanager
def shared(meeting: Path) -> Iterator[Databases]:
    """The one server of all processes of a run.

    The first process that needs it starts it, and that one stops it when no other uses it any
    more.

    Args:
        meeting: a folder that all of them know.
    """
    note, users = meeting / "postgres.json", meeting / "postgres-users"
    users.mkdir(exist_ok=True)
    mine = users / str(os.getpid())
    server: Server | None = None
    with _locked(meeting):
        mine.touch()
        if not note.exists():
            server = _with_template()
            note.write_text(json.dumps({"port": server.port}))
    port = json.loads(note.read_text())["port"]
    try:
        yield Databases(port, template=TEMPLATE)
    finally:
        mine.unlink(missing_ok=True)
        if server is not None:
            deadline = time.monotonic() + 240.0
            while any(users.iterdir()) and time.monotonic() < deadline:
                time.sleep(0.1)
            note.unlink()
            server.remove()


TEMPLATE = "journal"
"""A database with the journal's tables."""


def _with_template() -> Server:
    """A server with a database that has the journal's tables."""
    from rushes.journal.postgres import PostgresJournal  # noqa: PLC0415 - as above

    server = Server.made()
    server.start()
    Databases(server.port).admin(f"CREATE DATABASE {TEMPLATE}")
    PostgresJournal(server.url(TEMPLATE)).close()
    return server


@contextlib.contextmanager
def _locked(meeting: Path) -> Iterator[None]:
    with (meeting / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
