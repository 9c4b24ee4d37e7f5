"""The journal's tables in PostgreSQL, and how an older database becomes a newer one.

JSON is kept as text: nothing is searched for inside it, and ``jsonb`` refuses the character NUL,
which a prompt or a service's reply may have. What is searched for has a column of its own. Texts
that a user or a service wrote have hash indexes, because an entry of any other is limited to
2,700 bytes. The collation ``C`` sorts by code points, as Python and SQLite do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError
from rushes.journal.postgres.connection import UNFINISHED_ROWS
from rushes.journal.postgres.locks import hold

if TYPE_CHECKING:
    from rushes.journal.postgres.connection import Connection

_ENDED = "state IN ('completed', 'failed', 'cancelled')"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Rows are updated some ten times; a page with room keeps their versions together.
        """
        CREATE TABLE jobs (
            id text COLLATE "C" PRIMARY KEY,
            state text COLLATE "C" NOT NULL,
            backend text COLLATE "C" NOT NULL,
            provider text COLLATE "C" NOT NULL,
            mode text COLLATE "C" NOT NULL,
            params text NOT NULL,
            folder text COLLATE "C" NOT NULL,
            created_at double precision NOT NULL,
            token text,
            request text,
            submit_at double precision,
            attempts integer NOT NULL DEFAULT 0,
            remote_id text COLLATE "C",
            remote text,
            running_at double precision,
            done_at double precision,
            output text,
            ended_at double precision,
            result text,
            error text,
            notes text,
            cancel_requested_at double precision,
            owner text COLLATE "C",
            fence bigint NOT NULL DEFAULT 0,
            handed_to text COLLATE "C",
            handed integer NOT NULL DEFAULT 0,
            content_key text COLLATE "C",
            once_key text,
            parent text COLLATE "C",
            marks text,
            marked_at double precision,
            mark_number bigint,
            stars integer,
            pick boolean,
            tags text[],
            client_ref text,
            prompt text,
            words text
        ) WITH (fillfactor = 80)
        """,
        # One job of a service belongs to one job here, whatever a search finds.
        """
        CREATE UNIQUE INDEX jobs_by_remote ON jobs (backend, remote_id)
        WHERE remote_id IS NOT NULL
        """,
        # Every list is read newest first and up to a limit, so each index ends in that order.
        "CREATE INDEX jobs_by_time ON jobs (created_at DESC, id)",
        "CREATE INDEX jobs_by_state ON jobs (state, created_at DESC, id)",
        "CREATE INDEX jobs_by_folder ON jobs (folder, state, created_at DESC, id)",
        "CREATE INDEX jobs_by_provider ON jobs (provider, state, created_at DESC, id)",
        f"CREATE INDEX jobs_unfinished ON jobs (backend, created_at) WHERE {UNFINISHED_ROWS}",
        f"CREATE INDEX jobs_held ON jobs (owner) WHERE {UNFINISHED_ROWS}",
        "CREATE INDEX jobs_by_end ON jobs (ended_at)",
        """
        CREATE INDEX jobs_by_history ON jobs (provider, backend, mode, done_at DESC)
        WHERE done_at IS NOT NULL AND running_at IS NOT NULL
        """,
        """
        CREATE INDEX jobs_by_submission ON jobs (backend, submit_at) INCLUDE (remote_id)
        WHERE remote_id IS NOT NULL
        """,
        f"CREATE INDEX jobs_to_hand_out ON jobs (ended_at, id) WHERE handed = 0 AND {_ENDED}",
        "CREATE INDEX jobs_handed_out ON jobs (handed_to) WHERE handed = 1",
        """
        CREATE INDEX jobs_by_content ON jobs (folder, content_key)
        WHERE content_key IS NOT NULL
        """,
        "CREATE INDEX jobs_unidentified ON jobs (folder) WHERE content_key IS NULL",
        "CREATE INDEX jobs_by_mark ON jobs (mark_number) WHERE mark_number IS NOT NULL",
        "CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL",
        "CREATE INDEX jobs_by_once ON jobs USING hash (once_key)",
        "CREATE INDEX jobs_by_client_ref ON jobs USING hash (client_ref)",
        "CREATE INDEX jobs_by_prompt ON jobs USING hash (prompt)",
        """
        CREATE TABLE owners (
            id text COLLATE "C" PRIMARY KEY,
            host text NOT NULL,
            pid text NOT NULL,
            lease_until double precision NOT NULL
        )
        """,
        # Takes that were taken off the lists.
        'CREATE TABLE hidden (job_id text COLLATE "C" PRIMARY KEY)',
        # What each attempt was expected to cost, and what it counts now, in US dollars.
        """
        CREATE TABLE reservations (
            job_id text COLLATE "C" NOT NULL,
            attempt integer NOT NULL,
            account text COLLATE "C" NOT NULL,
            day text COLLATE "C" NOT NULL,
            estimate double precision NOT NULL,
            amount double precision NOT NULL,
            is_open boolean NOT NULL,
            is_billed boolean NOT NULL DEFAULT false,
            PRIMARY KEY (job_id, attempt)
        ) WITH (fillfactor = 80)
        """,
        "CREATE INDEX reservations_by_day ON reservations (day)",
        """
        CREATE TABLE sums (
            day text COLLATE "C" NOT NULL,
            account text COLLATE "C" NOT NULL,
            provider text COLLATE "C" NOT NULL,
            backend text COLLATE "C" NOT NULL,
            reserved double precision NOT NULL,
            spent double precision NOT NULL,
            PRIMARY KEY (day, account, provider, backend)
        ) WITH (fillfactor = 50)
        """,
        "CREATE INDEX sums_by_account ON sums (account)",
        """
        CREATE TABLE sweeps (
            folder text COLLATE "C" NOT NULL,
            name text COLLATE "C" NOT NULL,
            created_at double precision NOT NULL,
            spec text NOT NULL,
            cap double precision,
            state text NOT NULL,
            reason text,
            PRIMARY KEY (folder, name)
        )
        """,
        "CREATE INDEX sweeps_by_state ON sweeps (state, created_at DESC)",
        """
        CREATE TABLE cells (
            folder text COLLATE "C" NOT NULL,
            sweep text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            content_key text NOT NULL,
            number bigint NOT NULL,
            cell_values text NOT NULL,
            params text NOT NULL,
            backend text COLLATE "C" NOT NULL,
            estimate double precision,
            least double precision,
            typical_time double precision,
            notes text NOT NULL,
            template text,
            draw bigint NOT NULL,
            attempt integer NOT NULL,
            job_id text COLLATE "C",
            PRIMARY KEY (folder, sweep, key)
        )
        """,
        "CREATE INDEX cells_waiting ON cells (folder, sweep, number, key) WHERE job_id IS NULL",
        "CREATE INDEX cells_by_job ON cells (job_id) WHERE job_id IS NOT NULL",
        "CREATE INDEX cells_by_template ON cells USING hash (template)",
        # Votes name jobs without a foreign key: a take may be a mere file, and a vote stays
        # true when its job is gone.
        """
        CREATE TABLE votes (
            id text COLLATE "C" PRIMARY KEY,
            cast_at double precision NOT NULL,
            question text NOT NULL,
            left_name text NOT NULL,
            right_name text NOT NULL,
            choice text NOT NULL,
            left_job text COLLATE "C",
            right_job text COLLATE "C",
            voter text NOT NULL
        )
        """,
        "CREATE INDEX votes_by_left_job ON votes (left_job)",
        "CREATE INDEX votes_by_right_job ON votes (right_job)",
        """
        CREATE TABLE prompts (
            folder text COLLATE "C" NOT NULL,
            name text COLLATE "C" NOT NULL,
            number integer NOT NULL,
            text text NOT NULL,
            created_at double precision NOT NULL,
            PRIMARY KEY (folder, name, number)
        )
        """,
        # The digest is of the four texts.
        """
        CREATE TABLE rewrites (
            digest text COLLATE "C" PRIMARY KEY,
            folder text NOT NULL,
            original text NOT NULL,
            rewriter text NOT NULL,
            text text NOT NULL,
            created_at double precision NOT NULL
        )
        """,
        "CREATE INDEX rewrites_by_original ON rewrites USING hash (original)",
        "CREATE INDEX rewrites_by_text ON rewrites USING hash (text)",
        """
        CREATE TABLE uploads (
            backend text NOT NULL,
            path text NOT NULL,
            address text NOT NULL,
            usable_until double precision NOT NULL,
            PRIMARY KEY (backend, path)
        )
        """,
        "CREATE INDEX uploads_by_end ON uploads (usable_until)",
        # Which job made the content of a copied input, by the digest of that content.
        "CREATE TABLE origins (digest text PRIMARY KEY, job_id text NOT NULL)",
    ),
    (
        # What a client of a gateway asked to keep with a job.
        "ALTER TABLE jobs ADD COLUMN label text",
        # Which attempt a job waits for, so that no other job is made of it.
        "CREATE INDEX jobs_by_token ON jobs (token) WHERE token IS NOT NULL",
    ),
    (
        # Which process works on the jobs of which service, where processes divide the work.
        "ALTER TABLE owners ADD COLUMN works_on text[]",
        """
        CREATE TABLE lanes (
            backend text COLLATE "C" NOT NULL,
            part integer NOT NULL,
            owner text COLLATE "C",
            taken_at double precision,
            PRIMARY KEY (backend, part)
        )
        """,
    ),
    (
        # When a row was changed last, so that a process reads what others did and nothing else.
        "ALTER TABLE jobs ADD COLUMN changed_at double precision",
        """
        CREATE FUNCTION rushes_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed_at := extract(epoch FROM clock_timestamp());
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER jobs_changed BEFORE INSERT OR UPDATE ON jobs
        FOR EACH ROW EXECUTE FUNCTION rushes_note_change()
        """,
        "CREATE INDEX jobs_by_change ON jobs (changed_at)",
    ),
)
"""The statements that lead from each version to the next; a database's version is their number."""

VERSION = len(MIGRATIONS)


def version(db: Connection) -> int:
    """The version of the journal's tables in a database; 0 if there are none."""
    # `to_regclass` may answer from what this connection knew before another made the table.
    (exists,) = db.row(
        "SELECT EXISTS (SELECT 1 FROM pg_class "
        "WHERE relname = 'rushes_schema' AND pg_table_is_visible(oid))"
    )
    if not exists:
        return 0
    found = db.one("SELECT version FROM rushes_schema")
    return 0 if found is None else int(found[0])


def migrate(db: Connection) -> None:
    """Bring a database to this version, in the transaction of the caller.

    Of several processes that start at once one does it, and the others wait for that.
    """
    hold(db, ["schema"])
    before = version(db)
    db.run("CREATE TABLE IF NOT EXISTS rushes_schema (version integer NOT NULL)")
    for number in range(before, VERSION):
        for statement in MIGRATIONS[number]:
            db.run(statement)
    if before < VERSION:
        db.run("DELETE FROM rushes_schema")
        db.run("INSERT INTO rushes_schema (version) VALUES (%s)", (VERSION,))


def refuse_newer(found: int, place: str) -> None:
    """Refuse a database of a newer release.

    Raises:
        JournalError: when it is one.
    """
    if found > VERSION:
        msg = (
            f"The journal {place} was written by a newer release of rushes (schema {found}, this "
            f"release knows {VERSION}). Upgrade rushes here too; nothing in the database was "
            f"changed."
        )
        raise JournalError(msg)
