"""The journal's tables, and how an older file becomes a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError

if TYPE_CHECKING:
    import sqlite3

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `STRICT` and `RETURNING` need a newer SQLite than some systems have (3.34 is in use).
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            backend TEXT NOT NULL,
            provider TEXT NOT NULL,
            mode TEXT NOT NULL,
            params TEXT NOT NULL,
            folder TEXT NOT NULL,
            created_at REAL NOT NULL,
            token TEXT,
            request TEXT,
            submit_at REAL,
            attempts INTEGER NOT NULL DEFAULT 0,
            remote_id TEXT,
            remote TEXT,
            running_at REAL,
            done_at REAL,
            output TEXT,
            ended_at REAL,
            result TEXT,
            error TEXT,
            notes TEXT,
            cancel_requested_at REAL,
            owner TEXT,
            fence INTEGER NOT NULL DEFAULT 0,
            handed_to TEXT,
            handed INTEGER NOT NULL DEFAULT 0
        )
        """,
        # One job of a service belongs to one job here, whatever a search finds.
        """
        CREATE UNIQUE INDEX jobs_by_remote ON jobs (backend, remote_id)
        WHERE remote_id IS NOT NULL
        """,
        "CREATE INDEX jobs_by_state ON jobs (state, created_at)",
        "CREATE INDEX jobs_by_time ON jobs (created_at)",
        "CREATE INDEX jobs_by_history ON jobs (provider, backend, mode, done_at)",
        """
        CREATE TABLE owners (
            id TEXT PRIMARY KEY,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            lease_until REAL NOT NULL
        )
        """,
    ),
    ("CREATE INDEX jobs_by_end ON jobs (ended_at)",),
    (
        # What stands for a local file at a service, and how long it may be used.
        """
        CREATE TABLE uploads (
            backend TEXT NOT NULL,
            path TEXT NOT NULL,
            address TEXT NOT NULL,
            usable_until REAL NOT NULL,
            PRIMARY KEY (backend, path)
        )
        """,
    ),
    (
        # Votes name jobs without a foreign key: a take may be a mere file, and a vote stays
        # true when its job is gone.
        """
        CREATE TABLE votes (
            id TEXT PRIMARY KEY,
            cast_at REAL NOT NULL,
            question TEXT NOT NULL,
            left_name TEXT NOT NULL,
            right_name TEXT NOT NULL,
            choice TEXT NOT NULL,
            left_job TEXT,
            right_job TEXT
        )
        """,
        "CREATE INDEX votes_by_time ON votes (cast_at)",
    ),
    # Takes that were taken off the lists.
    ("CREATE TABLE hidden (job_id TEXT PRIMARY KEY)",),
    (
        # Every list is read newest first and up to a limit, so each index ends in that order: a
        # list then costs what it shows, however long the history is.
        "DROP INDEX jobs_by_state",
        "CREATE INDEX jobs_by_state ON jobs (state, created_at DESC, id)",
        "CREATE INDEX jobs_by_folder ON jobs (folder, state, created_at DESC, id)",
        "CREATE INDEX jobs_by_provider ON jobs (provider, state, created_at DESC, id)",
        """
        ALTER TABLE jobs ADD COLUMN client_ref TEXT GENERATED ALWAYS AS (
            CASE WHEN json_valid(params) THEN json_extract(params, '$.clientRef') END
        ) VIRTUAL
        """,
        """
        CREATE INDEX jobs_by_client_ref ON jobs (client_ref, created_at DESC, id)
        WHERE client_ref IS NOT NULL
        """,
        """
        CREATE INDEX jobs_by_submission ON jobs (backend, submit_at, remote_id)
        WHERE remote_id IS NOT NULL
        """,
        "CREATE INDEX jobs_to_hand_out ON jobs (state, ended_at, id) WHERE handed = 0",
        "CREATE INDEX jobs_handed_out ON jobs (handed_to) WHERE handed = 1",
    ),
    (
        # What each attempt was expected to cost, and what it counts now, in US dollars.
        """
        CREATE TABLE reservations (
            job_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            account TEXT NOT NULL,
            estimate REAL NOT NULL,
            amount REAL NOT NULL,
            PRIMARY KEY (job_id, attempt)
        )
        """,
        # The sum of what the attempts of an account count.
        "CREATE TABLE spending (account TEXT PRIMARY KEY, amount REAL NOT NULL)",
        "ALTER TABLE jobs ADD COLUMN accounted INTEGER NOT NULL DEFAULT 0",
        # Earlier releases reserved nothing; their budgets counted jobs whose id starts like this.
        """
        CREATE INDEX jobs_unaccounted ON jobs (folder)
        WHERE accounted = 0 AND id >= 'studio-' AND id < 'studio.'
        """,
    ),
    (
        # What makes two requests the same, so that one of them is enough (`once`).
        "ALTER TABLE jobs ADD COLUMN content_key TEXT",
        "ALTER TABLE jobs ADD COLUMN once_key TEXT",
        """
        CREATE INDEX jobs_by_content ON jobs (folder, content_key)
        WHERE content_key IS NOT NULL
        """,
        "CREATE INDEX jobs_by_once ON jobs (folder, once_key) WHERE once_key IS NOT NULL",
        # Of earlier releases; they get theirs when their library is first asked for one.
        "CREATE INDEX jobs_unidentified ON jobs (folder) WHERE content_key IS NULL",
    ),
    (
        # Every attempt counts on its day, and is either reserved for or spent.
        "ALTER TABLE reservations ADD COLUMN day TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reservations ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE reservations SET
            day = coalesce(
                (SELECT date(created_at, 'unixepoch') FROM jobs WHERE id = job_id), '1970-01-01'
            ),
            is_open = EXISTS (
                SELECT 1 FROM jobs
                WHERE id = job_id AND state NOT IN ('completed', 'failed', 'cancelled')
            ) AND attempt = (
                SELECT max(attempt) FROM reservations AS others
                WHERE others.job_id = reservations.job_id
            )
        """,
        # `spending` stays, because kernels of the release before write to it until they end. An
        # attempt of theirs has no day, and is in these sums once its job has ended.
        """
        CREATE TABLE sums (
            day TEXT NOT NULL,
            account TEXT NOT NULL,
            provider TEXT NOT NULL,
            backend TEXT NOT NULL,
            reserved REAL NOT NULL,
            spent REAL NOT NULL,
            PRIMARY KEY (day, account, provider, backend)
        )
        """,
        "CREATE INDEX sums_by_account ON sums (account)",
        """
        INSERT INTO sums (day, account, provider, backend, reserved, spent)
        SELECT day, account, provider, backend, total(amount * is_open),
            total(amount * (1 - is_open))
        FROM reservations JOIN jobs ON id = job_id GROUP BY 1, 2, 3, 4
        """,
        # Holds a row once the jobs of earlier releases, which reserved nothing, are in the sums.
        "DROP INDEX jobs_unaccounted",
        "CREATE INDEX jobs_unaccounted ON jobs (accounted) WHERE accounted = 0",
        "CREATE TABLE earlier (is_counted INTEGER NOT NULL)",
    ),
    (
        # Many requests that are one thing. What became of a cell, its job says.
        """
        CREATE TABLE sweeps (
            folder TEXT NOT NULL,
            name TEXT NOT NULL,
            created_at REAL NOT NULL,
            spec TEXT NOT NULL,
            cap REAL,
            state TEXT NOT NULL,
            reason TEXT,
            PRIMARY KEY (folder, name)
        )
        """,
        "CREATE INDEX sweeps_by_state ON sweeps (state, created_at)",
        """
        CREATE TABLE cells (
            folder TEXT NOT NULL,
            sweep TEXT NOT NULL,
            key TEXT NOT NULL,
            content_key TEXT NOT NULL,
            number INTEGER NOT NULL,
            cell_values TEXT NOT NULL,
            params TEXT NOT NULL,
            backend TEXT NOT NULL,
            estimate REAL,
            least REAL,
            typical_time REAL,
            notes TEXT NOT NULL,
            template TEXT,
            draw INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            job_id TEXT,
            PRIMARY KEY (folder, sweep, key)
        )
        """,
        """
        CREATE INDEX cells_waiting ON cells (folder, sweep, number, key) WHERE job_id IS NULL
        """,
        "CREATE INDEX cells_by_job ON cells (job_id) WHERE job_id IS NOT NULL",
    ),
    (
        # How takes were judged. The number rises with each judgement, whatever the clocks say, so
        # that another process finds those that it has not seen.
        "ALTER TABLE jobs ADD COLUMN marks TEXT",
        "ALTER TABLE jobs ADD COLUMN marked_at REAL",
        "ALTER TABLE jobs ADD COLUMN mark_number INTEGER",
        "CREATE INDEX jobs_by_mark ON jobs (mark_number) WHERE mark_number IS NOT NULL",
    ),
    (
        # A wording under a name; the takes of it are found by their text.
        """
        CREATE TABLE prompts (
            folder TEXT NOT NULL,
            name TEXT NOT NULL,
            number INTEGER NOT NULL,
            text TEXT NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (folder, name, number)
        )
        """,
        # What became of a prompt, and who rewrote it: a function, or a person ('').
        """
        CREATE TABLE rewrites (
            folder TEXT NOT NULL,
            original TEXT NOT NULL,
            rewriter TEXT NOT NULL,
            text TEXT NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (folder, original, rewriter, text)
        )
        """,
        # Prompts can be long; this much distinguishes nearly all of them.
        """
        ALTER TABLE jobs ADD COLUMN prompt_start TEXT GENERATED ALWAYS AS (
            CASE WHEN json_valid(params) THEN substr(json_extract(params, '$.prompt'), 1, 200) END
        ) VIRTUAL
        """,
        """
        CREATE INDEX jobs_by_prompt ON jobs (folder, prompt_start)
        WHERE prompt_start IS NOT NULL
        """,
        """
        CREATE INDEX cells_by_template ON cells (folder, template) WHERE template IS NOT NULL
        """,
    ),
    # Who cast a vote; of earlier releases the user of the machine.
    ("ALTER TABLE votes ADD COLUMN voter TEXT NOT NULL DEFAULT ''",),
    (
        # The job whose take a job is made from.
        "ALTER TABLE jobs ADD COLUMN parent TEXT",
        "CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL",
        # Which job made the content of a copied input, by the digest of that content.
        "CREATE TABLE origins (digest TEXT PRIMARY KEY, job_id TEXT NOT NULL)",
    ),
    (
        # What a client of a gateway asked to keep with a job.
        "ALTER TABLE jobs ADD COLUMN label TEXT",
        # Which attempt a job waits for, so that no other job is made of it.
        "CREATE INDEX jobs_by_token ON jobs (token) WHERE token IS NOT NULL",
    ),
)
"""The statements that lead from each version to the next; a file's version is their number."""

VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to this version, one step per transaction.

    Raises:
        JournalError: when a newer release of the package wrote the file.
    """
    if _version(connection) < VERSION:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Read again under the lock: another process may have migrated the file meanwhile.
            for number in range(_version(connection), VERSION):
                for statement in MIGRATIONS[number]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    if (found := _version(connection)) > VERSION:
        msg = (
            f"The journal {path} was written by a newer release of rushes (schema {found}, this "
            f"release knows {VERSION}). Upgrade rushes, or set RUSHES_HOME to another folder; "
            f"nothing in the file was changed."
        )
        raise JournalError(msg)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
