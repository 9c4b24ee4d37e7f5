"""What every store of jobs must do; each implementation's tests run `StoreContract`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rushes.contract.errors import (
    InvalidParams,
    JobNotFound,
    JournalError,
    LeaseLost,
    PolicyDenied,
    RateLimited,
    RemoteTaken,
)
from rushes.contract.marks import Judged, Marks
from rushes.contract.params import VideoGenParams
from rushes.journal import (
    PARTS,
    Cap,
    CellRecord,
    Entry,
    Failure,
    JobRecord,
    JobState,
    Journal,
    Output,
    Pace,
    Reservation,
    SweepRecord,
    SweepState,
    Tally,
    Vote,
)
from rushes.journal.context import Money, Score
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMS = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", prompt="A fox")


def new_job(**changes: object) -> JobRecord:
    return replace(JobRecord.new(PARAMS, backend="fal", folder="/media"), **changes)


def worded(prompt: str) -> JobRecord:
    return new_job(params=PARAMS.to_json() | {"prompt": prompt})


def submitting(journal: Journal, **changes: object) -> JobRecord:
    job = journal.add(new_job(**changes))
    return journal.write(
        job,
        JobState.SUBMITTING,
        token=f"token-of-{job.id}",
        request={},
        submit_at=time.time(),
        attempts=1,
    )


def accepted(journal: Journal, **changes: object) -> JobRecord:
    job = submitting(journal, **changes)
    return journal.accept(job, f"remote-{job.id}", {})


def fetching(journal: Journal, **changes: object) -> JobRecord:
    job = accepted(journal, **changes)
    return journal.write(job, JobState.FETCHING, done_at=time.time(), output=Output(url="u"))


def completed(journal: Journal, **changes: object) -> JobRecord:
    return journal.write(fetching(journal, **changes), JobState.COMPLETED, result={})


def elsewhere(remote_id: str, *, job_id: str | None = None, estimate: float = 0.0) -> Entry:
    """A job that a service has, and that was ordered long ago elsewhere."""
    job = new_job(
        id=job_id or remote_id,
        state=JobState.RUNNING,
        created_at=1e9,
        submit_at=1e9,
        running_at=1e9,
        token=remote_id,
        remote_id=remote_id,
        remote={},
    )
    return Entry(job=job, estimate=estimate, amount=0.0)


def money(amount: float, limit: float | None = None) -> Reservation:
    caps = () if limit is None else (cap(limit),)
    return Reservation(estimate=amount, account="library", caps=caps)


def cap(limit: float) -> Cap:
    return Cap(name="the budget", limit=limit, account="library", error=PolicyDenied)


def new_sweep(**changes: object) -> SweepRecord:
    sweep = SweepRecord(folder="/media", name="snow", created_at=1.0, spec={"axes": [["animal"]]})
    return replace(sweep, **changes)


def new_cell(number: int, **changes: object) -> CellRecord:
    cell = CellRecord(
        key=f"key-{number}",
        content_key=f"content-{number}",
        number=number,
        values={"animal": f"fox {number}"},
        params=PARAMS.to_json(),
        backend="fal",
        estimate=0.5,
        least=0.4,
        typical_time=60.0,
        notes=("a note",),
        template="A {animal}",
    )
    return replace(cell, **changes)


def assign(journal: Journal, sweep: SweepRecord, cell: CellRecord, job_id: str) -> None:
    """Give a cell a job that exists."""
    journal.put_sweep(sweep, [replace(cell, job_id=job_id)])


class StoreContract:
    """The rules of `rushes.journal.Journal`.

    A subclass has the fixture `open_store`: a function that opens the store as one more process
    would, and whose results the fixture closes.
    """

    @pytest.fixture
    def journal(self, open_store: Callable[[], Journal]) -> Journal:
        """A living process's view."""
        journal = open_store()
        journal.heartbeat(30)
        return journal

    @pytest.fixture
    def other(self, open_store: Callable[[], Journal]) -> Journal:
        """Another living process's view of the same store."""
        other = open_store()
        other.heartbeat(30)
        return other

    def test_a_closed_store_says_that_no_job_is_lost(self, open_store):
        """Whoever still asks it is told how to continue."""
        store = open_store()
        store.close()

        with pytest.raises(JournalError, match=r"No job is lost: make a new VideoGen\(\)"):
            store.add(new_job())

    def test_a_job_reads_back_as_it_was_added(self, journal):
        """What is added is what is read."""
        job = new_job(notes=("one", "two"))

        added = journal.add(job)

        assert journal.get(job.id) == added
        assert added.typed_params == PARAMS
        assert added.notes == ("one", "two")

    def test_adding_an_id_twice_makes_one_job(self, journal):
        """A repeated click with the same id changes nothing."""
        first = journal.add(new_job(id="click"))

        again = journal.add(new_job(id="click", provider="another"))

        assert again == first
        assert len(journal.select()) == 1

    def test_a_state_that_may_not_follow_is_refused(self, journal):
        """Only the transitions of the table are written."""
        job = journal.add(new_job())

        with pytest.raises(JournalError, match="cannot go from queued to completed"):
            journal.write(job, JobState.COMPLETED)

    def test_an_ended_job_never_changes(self, journal):
        """An end is an end."""
        job = completed(journal)

        with pytest.raises(JournalError, match="cannot go"):
            journal.write(job, notes=("late",))

    def test_a_living_process_keeps_its_jobs(self, journal, other):
        """Nobody takes a job whose process has a lease."""
        journal.add(new_job())

        assert other.claim(["fal"], hold_submitting=0) == []

    def test_the_jobs_of_a_dead_process_are_taken_over(self, open_store, journal):
        """A lease that has run out frees the jobs, and the fence rises."""
        job = journal.add(new_job())
        journal.heartbeat(-1)
        other = open_store()

        (taken,) = other.claim(["fal"], hold_submitting=0)

        assert (taken.id, taken.owner, taken.fence) == (job.id, other.owner, job.fence + 1)

    def test_closing_frees_the_jobs_at_once(self, open_store):
        """A process that ends properly leaves no lease behind."""
        first, second = open_store(), open_store()
        first.heartbeat(30)
        job = first.add(new_job())
        first.close()

        assert [taken.id for taken in second.claim(["fal"], hold_submitting=0)] == [job.id]

    def test_a_draft_is_rendered_in_full_once_in_each_resolution(self, journal, other):
        """Whichever process and library ask; one that failed does not count."""

        def final(resolution, folder):
            params = VideoGenParams(
                provider="seedance-2.5",
                mode="text-to-video",
                prompt="A red fox",
                resolution=resolution,
                final_of="a-draft",
            )
            return JobRecord.new(params, backend="fal", folder=folder)

        first = journal.add(final("1080p", "here"))
        again = other.add(final("1080p", "elsewhere"))
        (third,) = other.add_all([final("1080p", "elsewhere")])
        larger = other.add(final("4k", "elsewhere"))

        assert (again.id, third.id) == (first.id, first.id)
        assert larger.id != first.id
        assert first.parent == "a-draft"
        other.write(larger, JobState.FAILED)
        assert other.add(final("4k", "elsewhere")).id != larger.id

    def test_a_write_under_an_old_fence_is_refused(self, journal, other):
        """A process that slept while another took over cannot overwrite what happened since."""
        job = journal.add(new_job())
        journal.heartbeat(-1)
        other.claim(["fal"], hold_submitting=0)

        with pytest.raises(LeaseLost):
            journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())

    def test_only_jobs_of_usable_services_are_claimed(self, journal, other):
        """A process leaves alone what it has no key for."""
        journal.add(new_job())
        journal.heartbeat(-1)

        assert other.claim(["preview"], hold_submitting=0) == []

    def test_a_submission_under_way_is_left_alone(self, journal, other):
        """A request of a process that only seems dead may still be on its way."""
        job = journal.add(new_job())
        journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
        journal.heartbeat(-1)

        assert other.claim(["fal"], hold_submitting=60) == []
        assert len(other.claim(["fal"], hold_submitting=-1)) == 1

    def test_jobs_with_expiring_links_are_claimed_first(self, journal, other):
        """A finished video is fetched before anything else is done."""
        early = journal.add(new_job(created_at=1.0))
        late = accepted(journal)
        journal.write(late, JobState.FETCHING, done_at=time.time(), output=Output(url="u"))
        journal.heartbeat(-1)

        claimed = other.claim(["fal"], hold_submitting=0)

        assert [job.id for job in claimed] == [late.id, early.id]

    def test_acceptance_counts_whoever_holds_the_lease(self, journal, other):
        """The service's answer to the current attempt is evidence, not a matter of leases."""
        job = journal.add(new_job())
        job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
        journal.heartbeat(-1)
        (taken,) = other.claim(["fal"], hold_submitting=-1)
        other.write(taken, JobState.UNCERTAIN)

        known = journal.accept(job, "remote-1", {"status_url": "s"})

        assert (known.state, known.remote_id) == (JobState.RUNNING, "remote-1")

    def test_acceptance_of_an_older_attempt_is_refused(self, journal):
        """An attempt that was replaced cannot come back."""
        job = journal.add(new_job())
        old = journal.write(job, JobState.SUBMITTING, token="old", submit_at=time.time())
        queued = journal.write(old, JobState.QUEUED)
        journal.write(queued, JobState.SUBMITTING, token="new", submit_at=time.time())

        with pytest.raises(LeaseLost):
            journal.accept(old, "remote-1", {})

    def test_one_remote_job_belongs_to_one_job(self, journal):
        """Two jobs can never adopt the same video."""
        first = accepted(journal)
        second = journal.add(new_job())
        second = journal.write(second, JobState.SUBMITTING, token="t", submit_at=time.time())

        with pytest.raises(RemoteTaken):
            journal.accept(second, first.remote_id or "", {})

    def test_cancelling_an_unsent_job_ends_it(self, journal, other):
        """Its owner cannot send it afterwards."""
        job = journal.add(new_job())

        assert other.request_cancel(job.id).state is JobState.CANCELLED
        with pytest.raises(LeaseLost):
            journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())

    def test_cancelling_a_running_job_is_noted(self, journal):
        """The wish is on record for whoever works on the job."""
        job = accepted(journal)

        noted = journal.request_cancel(job.id)

        assert noted.state is JobState.RUNNING
        assert noted.cancel_requested_at is not None

    def test_what_is_learned_of_a_job_at_its_service_is_kept(self, journal, other):
        """Any process may add to it, and neither takes the job from its owner nor ends its work."""
        job = accepted(journal)

        amended = other.amend_remote(job, {"deleted": True})

        assert amended.remote == {**(job.remote or {}), "deleted": True}
        assert (amended.owner, amended.fence, amended.state) == (job.owner, job.fence, job.state)
        assert journal.write(job, error=None).remote == amended.remote

    def test_what_is_learned_of_another_id_is_not_kept(self, journal, other):
        """It is evidence about the job that the service knows under its id."""
        job = accepted(journal)

        assert other.amend_remote(replace(job, remote_id="another"), {"deleted": True}) == job

    def test_a_job_is_moved_without_its_owner(self, journal, other):
        """The folder changes, and the owner's record stays good for its next write."""
        job = journal.add(new_job())

        assert other.move(job.id, "elsewhere").folder == "elsewhere"
        assert journal.write(job, JobState.SUBMITTING, token="t").folder == "elsewhere"

    def test_a_completed_job_is_not_moved(self, journal):
        """Its video is where it is."""
        job = journal.add(replace(new_job(), state=JobState.COMPLETED))

        with pytest.raises(JournalError, match="is completed"):
            journal.move(job.id, "elsewhere")
        with pytest.raises(JobNotFound):
            journal.move("missing", "elsewhere")

    def test_inputs_are_needed_while_a_job_names_them(self, journal, other):
        """Wherever in a request they stand, and whatever became of the job."""
        names = [f"{number:016x}-a-{number}.png" for number in range(3)]
        journal.add(new_job(params=PARAMS.to_json() | {"startImageUrl": f"/home/x/{names[0]}"}))
        references = {"imageReferences": ["https://a/b.png", f"C:\\inputs\\{names[1]}"]}
        job = new_job(params=PARAMS.to_json() | references)
        journal.add(replace(job, state=JobState.FAILED))

        assert other.mentioned(names) == set(names[:2])
        assert other.mentioned([]) == set()

    def test_only_an_uncertain_job_is_decided(self, journal):
        """A decision about a running job is refused."""
        job = accepted(journal)

        with pytest.raises(JournalError, match="not uncertain"):
            journal.decide(job.id, JobState.QUEUED)

    def test_an_event_is_handed_out_once(self, journal):
        """A second drain of the same process has only what is new."""
        job = completed(journal)

        assert [record.id for record in journal.drain()] == [job.id]
        assert journal.drain() == []

    def test_an_event_survives_a_crash_after_it_was_handed_out(self, open_store, journal):
        """What a process drained and never settled is handed out again."""
        job = completed(journal)
        journal.drain()
        journal.heartbeat(-1)
        other = open_store()

        assert [record.id for record in other.drain()] == [job.id]

    def test_an_event_that_a_living_process_has_is_not_handed_out_again(self, journal, other):
        """Two kernels never get the same news."""
        completed(journal)
        journal.drain()

        assert other.drain() == []

    def test_a_settled_event_is_never_handed_out_again(self, open_store, journal):
        """What an awaited job returned counts as handed out, for every process to come."""
        job = completed(journal)
        journal.settle(job.id)
        journal.heartbeat(-1)
        other = open_store()

        assert other.drain() == []

    def test_jobs_of_elsewhere_are_recorded_once(self, journal, other):
        """Whatever process has the id at the service, or waits for the attempt."""
        known, waiting = accepted(journal), submitting(journal)
        entries = [
            elsewhere(known.remote_id),
            elsewhere(waiting.token),
            elsewhere("new", job_id="x"),
            elsewhere("another try", job_id="x"),
        ]

        first, second = other.adopt(entries), journal.adopt(entries)

        assert [job.id for job in first] == ["x", "x-another "]
        assert second == []
        assert {job.state for job in first} == {JobState.RUNNING}
        assert journal.claim(["fal"], hold_submitting=0.0) == []
        assert other.held() == {job.id for job in first}
        assert other.write(first[0], JobState.FAILED).ended_at

    def test_jobs_of_elsewhere_count_on_their_day(self, journal):
        """Also against no cap of today."""
        (job,) = journal.adopt([elsewhere("new", estimate=2.0)])
        assert [(row.day, row.reserved) for row in journal.spending()] == [("2001-09-09", 2.0)]
        journal.write(job, JobState.FETCHING, output=Output(url="u"))
        journal.write(journal.get(job.id), JobState.COMPLETED, result={})
        assert [(row.day, row.spent) for row in journal.spending()] == [("2001-09-09", 2.0)]

    def test_a_label_is_kept(self, journal):
        """As it was given."""
        job = journal.add(new_job(label={"job": "one", "sweep": {"number": 1}}))
        assert journal.get(job.id).label == {"job": "one", "sweep": {"number": 1}}

    def test_durations_are_those_of_the_kind(self, journal):
        """The history of one provider, service and mode says nothing of another."""
        completed(journal)
        completed(journal, mode="image-to-video")

        assert len(journal.durations("kling-3.0-standard", "fal", "text-to-video")) == 1

    def test_an_unknown_job_is_named(self, journal):
        """A wrong id gets a clear answer."""
        with pytest.raises(JobNotFound, match="'nope'"):
            journal.get("nope")

    def test_changes_of_others_are_noticed(self, journal, other):
        """Only another process's writes count as changes, and soon each of them does."""
        until(lambda: not journal.has_changed())
        journal.add(new_job())
        assert not journal.has_changed()

        other.add(new_job())
        assert until(journal.has_changed)

    def test_a_job_is_off_the_lists_until_it_is_put_back(self, journal, other):
        """For every process; twice is once, and the job itself stays."""
        job = completed(journal)
        journal.hide(job.id)
        journal.hide(job.id)
        assert other.is_hidden(job.id)
        assert other.get(job.id).id == job.id

        other.hide(job.id, hidden=False)
        assert not journal.is_hidden(job.id)

    # --- marks -------------------------------------------------------------------------------

    @pytest.mark.parametrize("make", [submitting, accepted, completed])
    def test_a_mark_reads_back_in_every_process(self, journal, other, make):
        """Whatever the state of the job; what is not given stays."""
        job = make(journal)
        other.mark(job.id, {"stars": 4, "tags": ["night", "hero"]})
        marked = journal.mark(job.id, {"pick": True, "stars": ..., "note": "hands\nare wrong"})

        marks = other.get(job.id).marks
        assert (marks.pick, marks.stars, marks.tags) == (True, 4, ("hero", "night"))
        assert marks.note == "hands\nare wrong"
        assert marked == other.get(job.id)

    @pytest.mark.parametrize("make", [new_job, submitting, accepted, fetching])
    def test_a_mark_is_nothing_to_the_owner_of_a_job(self, journal, other, make):
        """Its next write succeeds with the record from before, and keeps the mark."""
        job = journal.add(make()) if make is new_job else make(journal)
        marked = other.mark(job.id, {"pick": True})
        after = journal.write(job, notes=("a note",))

        assert (after.marks, after.marked_at) == (marked.marks, marked.marked_at)
        assert (after.notes, after.owner, after.fence) == (("a note",), job.owner, job.fence)

    def test_marks_that_are_taken_away_are_gone(self, journal):
        """Of no use to anybody, but with the time at which they went."""
        job = completed(journal)
        before = journal.mark(job.id, {"pick": False, "stars": 1, "tags": ["x"], "note": "y"})
        after = journal.mark(job.id, {"pick": None, "stars": None, "tags": (), "note": ""})

        assert not after.marks
        assert after.marked_at > before.marked_at

    @pytest.mark.parametrize("changes", [{}, {"stars": ...}, {"stars": 4}])
    def test_marks_that_are_there_already_are_no_news(self, journal, changes):
        """Nothing is written."""
        job = completed(journal)
        before = journal.mark(job.id, {"stars": 4})
        _, number = journal.marked()

        assert journal.mark(job.id, changes) == before
        assert journal.marked(number) == ([], number)

    def test_a_wrong_mark_changes_nothing(self, journal):
        """Not even the right one beside it."""
        job = completed(journal)
        with pytest.raises(InvalidParams, match="stars: 6 is not"):
            journal.mark(job.id, {"pick": True, "stars": 6})
        with pytest.raises(JobNotFound, match="'nope'"):
            journal.mark("nope", {"pick": True})

        assert journal.get(job.id) == job

    @pytest.mark.parametrize(("later", "stars"), [(10.0, 5), (-10.0, None)])
    def test_of_the_journal_and_the_sidecar_the_later_counts(self, journal, later, stars):
        """And what is changed is changed in that."""
        job = completed(journal)
        before = journal.mark(job.id, {"tags": ["here"]})
        beside = Judged(Marks(stars=5, tags=["there"]), before.marked_at + later)
        after = journal.mark(job.id, {"pick": True}, beside=beside)

        assert (after.marks.pick, after.marks.stars) == (True, stars)
        assert after.marks.tags == (("there",) if stars else ("here",))
        assert after.marked_at > max(before.marked_at, beside.at if stars else 0.0)

    def test_marks_of_a_sidecar_keep_their_time(self, journal):
        """They were not made now."""
        job = completed(journal)
        after = journal.mark(job.id, {}, beside=Judged(Marks(stars=5), 1000.5))

        assert (after.marks.stars, after.marked_at) == (5, 1000.5)

    def test_back_to_what_the_journal_had_is_later_than_the_sidecar(self, journal):
        """Else the sidecar's marks would come back."""
        job = completed(journal)
        before = journal.mark(job.id, {"stars": 1})
        beside = Judged(Marks(stars=5), before.marked_at + 10.0)
        after = journal.mark(job.id, {"stars": 1}, beside=beside)

        assert after.marks.stars == 1
        assert after.marked_at > beside.at

    def test_what_was_marked_since_is_found_whatever_the_clocks_say(self, journal, other):
        """Each once, oldest first, as many at a time as are asked for."""
        jobs = [completed(journal) for _ in range(4)]
        other.mark(jobs[0].id, {"stars": 1})
        none, number = journal.marked()
        late = Judged(Marks(stars=3), 1000.0)
        for job in (jobs[3], jobs[1]):
            other.mark(job.id, {}, beside=late)
        other.mark(jobs[2].id, {"stars": 2})
        first, number = journal.marked(number, limit=2)
        rest, number = journal.marked(number)

        assert none == []
        assert [job.id for job in first] == [jobs[3].id, jobs[1].id]
        assert [job.id for job in rest] == [jobs[2].id]
        assert journal.marked(number) == ([], number)

    # --- lists and look-ups ------------------------------------------------------------------

    def test_a_list_is_newest_first_and_as_long_as_its_limit(self, journal):
        """The oldest are left out."""
        for second in (3.0, 1.0, 2.0):
            journal.add(new_job(id=f"at-{second}", created_at=second))

        assert [job.created_at for job in journal.select(limit=2)] == [3.0, 2.0]
        assert [job.created_at for job in journal.select()] == [3.0, 2.0, 1.0]

    @pytest.mark.parametrize("limit", [None, 5])
    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"states": [JobState.QUEUED]}, {"plain", "there", "old"}),
            ({"states": [JobState.QUEUED, JobState.COMPLETED]}, {"plain", "there", "old", "done"}),
            ({"states": []}, set()),
            ({"provider": "seedance-2.0"}, {"old"}),
            ({"folder": "/elsewhere"}, {"there"}),
            ({"client_ref": "mine"}, {"done"}),
            ({"client_ref": "mine", "states": [JobState.QUEUED]}, set()),
            ({"with_hidden": False}, {"plain", "there", "done"}),
            ({"sweep": ("/media", "snow")}, {"there", "done"}),
            ({"sweep": ("/media", "snow"), "states": [JobState.QUEUED]}, {"there"}),
            ({"sweep": ("/media", "snow"), "folder": "/media"}, {"done"}),
            ({"sweep": ("/elsewhere", "snow")}, set()),
            ({"tag": "hero"}, {"old", "done"}),
            ({"tag": "hero", "with_hidden": False}, {"done"}),
            ({"tag": "her"}, set()),
            ({"pick": True}, {"done"}),
            ({"pick": False}, {"old"}),
            ({"min_stars": 3, "states": [JobState.COMPLETED]}, {"done"}),
            ({"min_stars": 4}, set()),
            ({"sweep": ("/media", "snow"), "min_stars": 1, "folder": "/elsewhere"}, {"there"}),
        ],
    )
    def test_a_list_holds_what_matches_every_filter(self, journal, filters, found, limit):
        """With a limit as without."""
        journal.add(new_job(id="plain"))
        journal.add(new_job(id="there", folder="/elsewhere"))
        journal.add(new_job(id="old", provider="seedance-2.0"))
        completed(journal, id="done", params=new_job().params | {"clientRef": "mine"})
        journal.hide("old")
        journal.mark("old", {"pick": False, "tags": ["hero"], "stars": 2})
        journal.mark("done", {"pick": True, "tags": ["a", "hero"], "stars": 3})
        journal.mark("there", {"stars": 1})
        journal.put_sweep(new_sweep(), [new_cell(0, job_id="there"), new_cell(1, job_id="done")])

        assert {job.id for job in journal.select(**filters, limit=limit)} == found

    @pytest.mark.parametrize("limit", [None, 2])
    @pytest.mark.parametrize("filters", [{}, {"folder": "/media"}, {"states": [JobState.QUEUED]}])
    def test_the_oldest_first_is_the_other_way_round(self, journal, filters, limit):
        """Also of jobs that were made at the same time."""
        for name, second in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
            journal.add(new_job(id=name, created_at=second))

        found = [job.id for job in journal.select(**filters, limit=limit, oldest_first=True)]

        assert found == [job.id for job in journal.select(**filters)][::-1][:limit]

    @pytest.mark.parametrize("oldest_first", [False, True])
    def test_a_limit_changes_no_order(self, journal, oldest_first):
        """Of jobs of one time neither, whatever is in their ids."""
        for number, name in enumerate(("b", "ä", "a", "B", "a-1", "\U0001f98a", "\uffee")):
            journal.add(new_job(id=name, created_at=float(number // 4)))

        every, limited = (
            [job.id for job in journal.select(limit=limit, oldest_first=oldest_first)]
            for limit in (None, 99)
        )

        assert every == limited

    def test_a_record_is_equal_to_what_was_written(self, journal):
        """Every field of it, also those that few ask for."""
        written = completed(journal, id="done")

        assert journal.get("done") == written
        assert repr(journal.get("done")) == repr(written)

    def test_the_ids_of_a_library_are_those_since_a_time(self, journal):
        """In whatever state."""
        completed(journal, id="old", created_at=1.0)
        completed(journal, id="done", created_at=2.0)
        journal.add(new_job(id="new", created_at=3.0))
        journal.add(new_job(id="there", created_at=3.0, folder="/elsewhere"))

        assert set(journal.ids("/media", since=2.0)) == {"done", "new"}
        assert journal.ids("/nowhere", since=0.0) == []

    def test_jobs_are_found_by_the_beginning_of_their_id(self, journal):
        """The job of exactly that id comes first, and the limit counts it."""
        for name in ("ab", "a", "abc", "b"):
            journal.add(new_job(id=name))

        assert [job.id for job in journal.named("a", limit=9)] == ["a", "ab", "abc"]
        assert [job.id for job in journal.named("ab", limit=1)] == ["ab"]

    def test_what_is_recent_is_open_or_has_just_ended(self, journal):
        """A job that ended before is left out."""
        queued, ended = journal.add(new_job()), completed(journal)
        uncertain = journal.write(submitting(journal), JobState.UNCERTAIN)

        assert {job.id for job in journal.recent(60)} == {queued.id, ended.id, uncertain.id}
        assert {job.id for job in journal.recent(-60)} == {queued.id, uncertain.id}
        assert [job.id for job in journal.uncertain()] == [uncertain.id]

    def test_the_services_ids_are_those_of_one_service_since_a_time(self, journal):
        """So that a look-up adopts no other job's video."""
        job = accepted(journal)
        accepted(journal, backend="ark")

        assert journal.known_remotes("fal") == {job.remote_id}
        assert journal.known_remotes("fal", since=time.time() + 60) == set()

    def test_what_a_process_holds_is_unfinished_and_its_own(self, journal, other):
        """Whatever it did before."""
        mine = journal.add(new_job())
        completed(journal)
        other.add(new_job())

        assert journal.held() == {mine.id}

    def test_a_failure_and_an_output_read_back_as_they_were_written(self, journal):
        """As typed values."""
        job = fetching(journal)
        output = Output(url="u", seed=7, cost={"amount": 1.5, "currency": "USD"}, measuring=1)
        job = journal.write(job, output=output)
        failure = Failure(code="MEDIA_ERROR", message="No.", advice="a", status=404, detail="d")
        journal.write(job, JobState.FAILED, error=failure)

        assert (journal.get(job.id).output, journal.get(job.id).error) == (output, failure)

    # --- decisions -----------------------------------------------------------------------------

    def test_a_decision_takes_the_job_over(self, journal, other):
        """Whoever decides works on it, and an earlier wish to cancel is void."""
        job = submitting(journal)
        journal.request_cancel(job.id)
        journal.write(job, JobState.UNCERTAIN)

        decided = other.decide(job.id, JobState.RUNNING, remote_id="found", remote={})

        assert (decided.state, decided.owner, decided.remote_id) == (
            "running",
            other.owner,
            "found",
        )
        assert decided.cancel_requested_at is None
        assert decided.fence > job.fence

    def test_only_the_first_decision_counts(self, journal, other):
        """The second finds a job that is not uncertain any more."""
        job = journal.write(submitting(journal), JobState.UNCERTAIN)
        journal.decide(job.id, JobState.FAILED)

        with pytest.raises(JournalError, match="not uncertain"):
            other.decide(job.id, JobState.QUEUED)

    def test_a_job_that_is_reopened_is_news_again_at_its_next_end(self, journal):
        """Though its first end was handed out for good."""
        job = journal.write(accepted(journal), JobState.FAILED)
        journal.drain()
        journal.settle(job.id)

        again = journal.reopen(journal.get(job.id), JobState.FETCHING, output=Output(url="u"))
        journal.write(again, JobState.COMPLETED, result={})

        assert [record.id for record in journal.drain()] == [job.id]

    def test_a_job_that_has_changed_is_not_reopened(self, journal, other):
        """The service was asked about a record that is old by now."""
        job = journal.write(accepted(journal), JobState.FAILED)
        other.reopen(job, JobState.RUNNING)

        with pytest.raises(LeaseLost):
            journal.reopen(job, JobState.RUNNING)

    # --- money ---------------------------------------------------------------------------------

    def test_money_that_cannot_be_reserved_leaves_no_job(self, journal, other):
        """The last of it goes to one process."""
        journal.add(new_job(), reserve=money(6.0, limit=10.0))
        job = new_job()

        with pytest.raises(PolicyDenied):
            other.add(job, reserve=money(6.0, limit=10.0))

        with pytest.raises(JobNotFound):
            other.get(job.id)
        assert other.spent("library") == pytest.approx(6.0)

    @pytest.mark.parametrize(("may_bill", "spent"), [(True, 2.0), (False, 0.0)])
    def test_a_job_that_may_be_billed_keeps_its_reservation(self, journal, may_bill, spent):
        """Only what the service itself reported as failed costs nothing."""
        job = journal.add(new_job(), reserve=money(2.0))
        error = Failure(code="TIMEOUT", message="It was forgotten.", may_bill=may_bill)

        job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
        job = journal.accept(job, "remote", {})
        failed = journal.write(job, JobState.FAILED, error=error)

        assert journal.get(failed.id).error == error
        assert journal.spent("library") == pytest.approx(spent)

    def test_the_end_of_a_job_settles_its_reservation(self, journal):
        """With the real cost, or with nothing when nothing was made."""
        cheap, failed = new_job(), new_job()
        journal.add(cheap, reserve=money(2.0))
        journal.add(failed, reserve=money(3.0))
        for record in (journal.get(cheap.id), journal.get(failed.id)):
            job = journal.write(record, JobState.SUBMITTING, token=record.id, submit_at=time.time())
            journal.accept(job, record.id, {})
        job = journal.write(journal.get(cheap.id), JobState.FETCHING, output=Output(url="u"))
        journal.write(job, JobState.COMPLETED, result={"cost": {"amount": 1.5}})
        journal.write(journal.get(failed.id), JobState.FAILED)

        assert journal.spent("library") == pytest.approx(1.5)

    def test_another_attempt_is_paid_besides_the_first(self, journal):
        """Which may have been bought; a decision that is denied changes nothing."""
        job = journal.add(new_job(), reserve=money(2.0))
        job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
        journal.write(job, JobState.UNCERTAIN)

        with pytest.raises(PolicyDenied):
            journal.decide(job.id, JobState.QUEUED, reserve=money(2.0, limit=3.0))
        assert journal.get(job.id).state is JobState.UNCERTAIN
        journal.decide(job.id, JobState.QUEUED)

        assert journal.spent("library") == pytest.approx(4.0)

    def test_what_a_job_counts_is_its_part_of_the_sums(self, journal, other):
        """Of all attempts; reserved until they have ended."""
        job = journal.add(new_job(), reserve=money(2.0))
        job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
        journal.write(job, JobState.UNCERTAIN)
        journal.decide(job.id, JobState.QUEUED, reserve=money(3.0))
        free = journal.add(new_job())

        found = other.contexts([job.id, free.id, "unknown"])

        assert found[job.id].money == Money(estimate=3.0, reserved=3.0, spent=2.0)
        assert found.keys() <= {job.id}
        (counted,) = other.spending()
        assert (counted.reserved, counted.spent) == (3.0, 2.0)

    def test_a_tally_tells_apart_what_was_billed_estimated_and_reserved(self, journal, other):
        """Of every attempt, by what jobs have in common."""

        def end(cost: dict[str, object], **changes: object) -> None:
            job = journal.add(new_job(**changes), reserve=money(2.0))
            job = journal.write(job, JobState.SUBMITTING, token=job.id, submit_at=time.time())
            job = journal.accept(job, job.id, {})
            job = journal.write(job, JobState.FETCHING, output=Output(url="u"))
            journal.write(job, JobState.COMPLETED, result={"cost": cost})

        end({"amount": 1.5, "estimated": False})
        end({"amount": 1.25, "estimated": True})
        end({"amount": 9.0, "estimated": False, "currency": "CNY"}, mode="image-to-video")
        twice = journal.add(new_job(mode="image-to-video"), reserve=money(4.0))
        twice = journal.write(twice, JobState.SUBMITTING, token="t", submit_at=time.time())
        journal.write(twice, JobState.UNCERTAIN)
        journal.decide(twice.id, JobState.QUEUED, reserve=money(5.0))

        assert other.tally(["mode", "backend"]) == [
            Tally(key=("image-to-video", "fal"), billed=0.0, estimated=6.0, reserved=5.0, jobs=2),
            Tally(key=("text-to-video", "fal"), billed=1.5, estimated=1.25, reserved=0.0, jobs=2),
        ]
        assert [row.key for row in other.tally(PARTS)] != []
        assert other.tally(["day"], since="2999-01-01") == []

    # --- uploads -------------------------------------------------------------------------------

    def test_an_upload_is_known_to_all_while_it_can_be_used(self, journal, other):
        """One of another service is another one."""
        journal.keep_upload("fal", "/in/a.png", "https://there/a", time.time() + 60)

        assert other.upload("fal", "/in/a.png") == "https://there/a"
        assert other.upload("ark", "/in/a.png") is None

    @pytest.mark.parametrize("left", [-1.0, 7200.0])
    def test_an_upload_of_a_wrong_date_is_not_used(self, journal, left):
        """It is over, or it claims to last for longer than an upload can."""
        journal.keep_upload("fal", "/in/a.png", "https://there/a", time.time() + left)

        assert journal.upload("fal", "/in/a.png", 3600.0) is None

    def test_an_upload_is_forgotten(self, journal):
        """So that the file is uploaded again."""
        journal.keep_upload("fal", "/in/a.png", "https://there/a", time.time() + 60)
        journal.forget_upload("fal", "/in/a.png")

        assert journal.upload("fal", "/in/a.png") is None

    # --- votes ---------------------------------------------------------------------------------

    def test_votes_come_oldest_first_and_each_counts_once(self, journal, other):
        """Whichever process recorded them."""
        late, early = Vote("prompt", "a", "b", "tie", at=2.0), Vote("looks", "a", "b", "left", at=1)
        for vote in (late, early, late):
            journal.add_vote(vote)

        assert other.votes() == [early, late]

    def test_a_vote_has_its_voter(self, journal, other):
        """Whoever uses the machine has no name."""
        named = Vote("looks", "a", "b", "left", at=1.0, voter="anna")
        own = Vote("looks", "a", "b", "left", at=2.0)
        for vote in (named, own):
            journal.add_vote(vote)

        assert [vote.voter for vote in other.votes()] == ["anna", ""]

    def test_a_vote_says_how_the_requests_differ(self, journal):
        """Where both jobs are known; such a vote is not counted."""
        left = journal.add(new_job())
        right = journal.add(new_job(params=left.params | {"prompt": "A boat"}))
        journal.add_vote(Vote("looks", "a", "b", "left", left_job=left.id, right_job=right.id))

        assert [vote.unlike for vote in journal.votes()] == [("prompt",)]

    def test_the_marks_of_many_jobs_are_read_at_once(self, journal):
        """As they are now."""
        one, other = (journal.add(new_job()).id for _ in range(2))
        journal.mark(one, {"stars": 4, "tags": ["hero"]})

        found = journal.contexts([one, other])

        assert found[one].marks == Marks(stars=4, tags=("hero",))
        assert other not in found

    def test_the_votes_of_a_job_are_counted(self, journal):
        """On either side."""
        one, other, third = (journal.add(new_job()).id for _ in range(3))
        for left, right, choice in (
            (one, other, "left"),
            (other, one, "right"),
            (one, other, "tie"),
        ):
            journal.add_vote(Vote("looks", "a", "b", choice, left_job=left, right_job=right))

        found = journal.contexts([one, other, third])

        assert found[one].score == Score(won=2, tied=1)
        assert found[other].score == Score(lost=2, tied=1)
        assert third not in found

    # --- sweeps ----------------------------------------------------------------------------------

    def test_a_sweep_reads_back_as_it_was_put(self, journal, other):
        """With its cells in their order, in every process."""
        sweep, cells = new_sweep(), [new_cell(1), new_cell(0)]

        assert journal.put_sweep(sweep, cells) == 2

        assert other.sweep("/media", "snow") == sweep
        assert other.cells(sweep) == sorted(cells, key=lambda cell: cell.number)
        assert other.sweep("/media", "rain") is None
        assert other.sweep("/elsewhere", "snow") is None

    def test_a_wider_sweep_keeps_the_jobs_that_it_has(self, journal):
        """What was put before is not put again."""
        sweep, job = new_sweep(), journal.add(new_job())
        journal.put_sweep(sweep, [new_cell(0)])
        assign(journal, sweep, new_cell(0), job.id)

        added = journal.put_sweep(replace(sweep, cap=3.0), [new_cell(0), new_cell(1)])

        assert added == 1
        assert [cell.job_id for cell in journal.cells(sweep)] == [job.id, None]
        assert journal.sweep("/media", "snow").cap == 3.0

    def test_a_sweep_that_is_made_again_waits_for_other_jobs(self, journal):
        """Whose ids are other ones."""
        sweep, job = new_sweep(), journal.add(new_job())
        journal.put_sweep(sweep, [new_cell(0)])
        assign(journal, sweep, new_cell(0), job.id)

        journal.put_sweep(replace(sweep, spec={"again": True}), [new_cell(0)])

        (cell,) = journal.cells(sweep)
        assert cell.job_id is None
        assert cell.job_of(sweep) != new_cell(0).job_of(sweep)

    def test_a_cell_gets_one_job(self, journal, other):
        """Of two processes that start it, one says which."""
        sweep = new_sweep()
        journal.put_sweep(sweep, [new_cell(0)])

        job = journal.start_cell(sweep, new_cell(0), new_job())
        assert other.start_cell(sweep, new_cell(0), new_job()) is None

        assert [cell.job_id for cell in other.cells(sweep)] == [job.id]
        assert [found.id for found in other.select()] == [job.id]

    @pytest.mark.parametrize("change", ["paused", "cancelled", "cap", "spec", "attempt"])
    def test_nothing_is_started_of_a_sweep_that_was_changed_meanwhile(self, journal, other, change):
        """Whoever pauses or cancels it pays for no more; a job that has no cell would be one."""
        sweep, cell = new_sweep(), new_cell(0)
        journal.put_sweep(sweep, [cell])
        if change in ("paused", "cancelled"):
            other.set_sweep(sweep, SweepState(change))
        elif change == "attempt":
            cell = replace(cell, attempt=cell.attempt + 1)
        else:
            changed = {"cap": 0.1} if change == "cap" else {"spec": {"budget": 1.0}}
            other.put_sweep(replace(sweep, **changed), [])

        assert journal.start_cell(sweep, cell, new_job(), reserve=money(0.5)) is None

        assert journal.select() == []
        assert journal.spending() == []

    @pytest.mark.parametrize("daily", [False, True])
    def test_a_pace_is_held_by_the_jobs_on_record(self, journal, daily):
        """Those of another library, and of an earlier minute or day, do not count."""
        paced = Reservation(paces=(Pace(most=2, daily=daily),))
        now = 20_000 * 86_400.0 + 7_200.0
        journal.add(new_job(created_at=now - 7_300.0))
        journal.add(new_job(created_at=now - 1.0, folder="/elsewhere"))
        first = journal.add(new_job(created_at=now - 20.0), reserve=paced)
        journal.add(new_job(created_at=now - 10.0), reserve=paced)

        with pytest.raises(RateLimited) as refused:
            journal.add(late := new_job(created_at=now), reserve=paced)

        assert refused.value.retry_after == pytest.approx(79_200.0 if daily else 40.0)
        with pytest.raises(JobNotFound):
            journal.get(late.id)
        again = replace(first, state=JobState.QUEUED)
        assert journal.add(again, reserve=paced).id == first.id

    def test_a_cell_that_a_cap_refuses_still_waits(self, journal):
        """Neither a job nor a reservation is left of it."""
        sweep, cell = new_sweep(), new_cell(0)
        journal.put_sweep(sweep, [cell])

        with pytest.raises(PolicyDenied):
            journal.start_cell(sweep, cell, new_job(), reserve=money(2.0, limit=1.0))

        assert journal.waiting_cells(sweep, backends=["fal"], limit=9) == [cell]
        assert journal.select() == []

    def test_a_cell_takes_the_job_that_it_would_repeat(self, journal):
        """When the sweep is put again and the take exists by now; nothing waits to be bought."""
        sweep, job = new_sweep(), completed(journal)
        journal.put_sweep(sweep, [new_cell(0)])

        journal.put_sweep(sweep, [replace(new_cell(0), job_id=job.id)])

        assert [cell.job_id for cell in journal.cells(sweep)] == [job.id]

    def test_the_next_cells_are_those_without_a_job(self, journal):
        """Of the services that are asked for, up to a limit."""
        sweep = new_sweep()
        cells = [new_cell(0), new_cell(1, backend="ark"), new_cell(2), new_cell(3)]
        journal.put_sweep(sweep, cells)
        assign(journal, sweep, cells[0], "one")

        waiting = journal.waiting_cells(sweep, backends=["fal"], limit=1)

        assert waiting == [cells[2]]
        assert journal.waiting_cells(sweep, backends=["ark", "fal"], limit=9) == cells[1:]
        assert journal.waiting_cells(sweep, backends=[], limit=9) == []

    def test_a_sweep_knows_the_state_of_its_cells(self, journal):
        """By their jobs, and what those cost."""
        sweep = new_sweep()
        cells = [new_cell(number) for number in range(3)]
        journal.put_sweep(sweep, cells)
        money = Reservation(estimate=1.5, account=sweep.account)
        job = journal.add(new_job(), reserve=money)
        assign(journal, sweep, cells[0], job.id)
        assign(journal, sweep, cells[1], completed(journal).id)

        standing = journal.standing(sweep)

        assert standing.jobs == {JobState.QUEUED: 1, JobState.COMPLETED: 1}
        assert standing.under_way == {"fal": 1}
        assert (standing.waiting, standing.total) == (1, 3)
        assert (standing.reserved, standing.spent) == (1.5, 0.0)
        assert {found.id for found in journal.sweep_jobs(sweep)} == {
            cell.job_id for cell in journal.cells(sweep) if cell.job_id
        }

    def test_what_a_cancelled_sweep_did_not_start_is_not_started_later(self, journal):
        """But for what is asked for again."""
        sweep = new_sweep()
        cells = [new_cell(number) for number in range(4)]
        journal.put_sweep(sweep, cells)
        assign(journal, sweep, cells[0], "one")
        journal.set_sweep(sweep, SweepState.CANCELLED)

        journal.put_sweep(sweep, [cells[2], new_cell(4)])

        found = {cell.key: cell.job_id for cell in journal.cells(sweep)}
        assert found == {"key-0": "one", "key-2": None, "key-4": None}

    @pytest.mark.parametrize("change", ["paused", "cap", "spec"])
    def test_a_sweep_that_was_changed_meanwhile_is_not_stopped(self, journal, change):
        """What was found out about it is about what it was."""
        sweep = new_sweep()
        journal.put_sweep(sweep, [])
        if change == "paused":
            journal.set_sweep(sweep, SweepState.PAUSED)
        else:
            other = {"cap": 1000.0} if change == "cap" else {"spec": {"again": True}}
            journal.put_sweep(replace(sweep, **other), [])
        before = journal.sweep(sweep.folder, sweep.name)

        assert not journal.stop_sweep(sweep, SweepState.CAPPED, "why")

        assert journal.sweep(sweep.folder, sweep.name) == before

    def test_a_sweep_is_not_done_while_a_take_is_not_started(self, journal):
        """Even if that take began to wait a moment ago."""
        sweep, cell = new_sweep(), new_cell(0)
        journal.put_sweep(sweep, [cell])
        assert not journal.stop_sweep(sweep, SweepState.STARTED)

        assign(journal, sweep, cell, "job")

        assert journal.stop_sweep(sweep, SweepState.STARTED)
        assert journal.sweep(sweep.folder, sweep.name).state is SweepState.STARTED

    def test_a_sweep_knows_what_is_left_of_it(self, journal):
        """What waits, for which service, at what cost, and about how long all of it takes."""
        sweep = new_sweep()
        cells = [
            new_cell(0, typical_time=40.0, estimate=1.0),
            new_cell(1, typical_time=60.0, estimate=2.0),
            new_cell(2, backend="ark", typical_time=50.0, estimate=4.0),
        ]
        journal.put_sweep(sweep, cells)
        assign(journal, sweep, cells[0], completed(journal).id)

        standing = journal.standing(sweep)

        assert standing.waiting_for == {"fal": 1, "ark": 1}
        assert standing.waiting_cost == 6.0
        assert standing.time_left == 60.0

        journal.put_sweep(sweep, [new_cell(3, estimate=None)])
        assert journal.standing(sweep).waiting_cost is None

    def test_a_take_of_another_journal_is_done(self, journal):
        """Its file is in the library, and its job is not."""
        sweep = new_sweep()
        journal.put_sweep(sweep, [replace(new_cell(0), job_id="of-another"), new_cell(1)])

        standing = journal.standing(sweep)

        assert standing.jobs == {JobState.COMPLETED: 1}
        assert (standing.waiting, standing.total) == (1, 2)
        assert journal.sweep_jobs(sweep) == []

    def test_failed_cells_wait_again_when_that_is_asked(self, journal):
        """And the others keep their jobs."""
        sweep = new_sweep()
        cells = [new_cell(0), new_cell(1)]
        journal.put_sweep(sweep, cells)
        failed = journal.request_cancel(journal.add(new_job()).id)
        done = completed(journal)
        assign(journal, sweep, cells[0], failed.id)
        assign(journal, sweep, cells[1], done.id)

        assert journal.reopen_cells(sweep, [failed.id, done.id]) == 1

        (cell,) = journal.waiting_cells(sweep, backends=["fal"], limit=9)
        assert (cell.key, cell.attempt) == (cells[0].key, 1)

    def test_each_wording_of_a_prompt_is_one_version(self, journal, other):
        """Whichever process gives it the name, and however often."""
        first = journal.name_prompt("/media", "fox", "A fox")
        second = other.name_prompt("/media", "fox", "A red fox")
        journal.name_prompt("/media", "hare", "A hare")
        journal.name_prompt("/elsewhere", "fox", "A vixen")

        assert (first.number, second.number) == (1, 2)
        assert journal.name_prompt("/media", "fox", "A fox") == first
        assert other.prompt_versions("/media", "fox") == [first, second]
        assert [each.text for each in journal.latest_prompts("/media")] == ["A hare", "A red fox"]
        assert journal.prompt_versions("/media", "cat") == []

    def test_a_wording_finds_its_jobs(self, journal):
        """Sent as it is, rewritten, or filled in; in its library alone."""
        same = "A fox " + "in the snow " * 30
        plain = journal.add(worded(same))
        other = journal.add(worded(f"{same} at dawn"))
        filled = journal.add(worded("A red hare"))
        sweep = new_sweep()
        journal.put_sweep(sweep, [new_cell(0, template="A {colour} hare")])
        assign(journal, sweep, new_cell(0), filled.id)
        journal.keep_rewrite("/media", "A vixen", "", f"{same} at dawn")

        def found(text):
            return [job.id for job in journal.prompt_jobs("/media", text)]

        assert found(same) == [plain.id]
        assert found("A vixen") == [other.id]
        assert found("A {colour} hare") == [filled.id]
        assert found("A fox") == []
        assert journal.prompt_jobs("/elsewhere", same) == []

    def test_what_a_rewriter_made_last_is_known(self, journal, other):
        """Each rewriter's own."""
        journal.keep_rewrite("/media", "A fox", "llm", "A red fox")
        journal.keep_rewrite("/media", "A fox", "llm", "A grey fox")
        journal.keep_rewrite("/media", "A fox", "", "A vixen")

        assert other.rewrite("/media", "A fox", "llm") == "A grey fox"
        assert other.rewrite("/media", "A fox", "gpt") is None
        assert other.rewrite("/elsewhere", "A fox", "llm") is None

    def test_what_a_text_was_rewritten_from_is_known(self, journal, other):
        """With the rewriter, newest first; not what a person did, nor of another library."""
        for original, rewriter in (("A fox", "llm"), ("Fox", "gpt"), ("Vixen", "")):
            journal.keep_rewrite("/media", original, rewriter, "A red fox")

        assert other.originals("/media", "A red fox") == [("Fox", "gpt"), ("A fox", "llm")]
        assert other.originals("/elsewhere", "A red fox") == []
        assert other.originals("/media", "A fox") == []

    def test_a_job_knows_its_places_in_sweeps(self, journal, other):
        """The newest sweep is the last one, however many jobs are asked about."""
        for name, second in (("new", 2.0), ("old", 1.0)):
            cell = new_cell(0, job_id="job", values={"animal": name})
            journal.put_sweep(new_sweep(name=name, created_at=second), [cell, new_cell(1)])

        found = other.contexts(["job", *map(str, range(2000))])

        assert list(found) == ["job"]
        assert [(place.sweep, dict(place.values)) for place in found["job"].places] == [
            ("old", {"animal": "old"}),
            ("new", {"animal": "new"}),
        ]

    def test_sweeps_are_listed_by_state_and_folder(self, journal):
        """Newest first, up to a limit."""
        older, newer = new_sweep(), new_sweep(name="rain", created_at=2.0)
        elsewhere = new_sweep(folder="/elsewhere", created_at=3.0)
        for sweep in (older, newer, elsewhere):
            journal.put_sweep(sweep, [])
        journal.set_sweep(older, SweepState.PAUSED, "why")

        assert journal.sweeps(folder="/media", limit=9)[0] == newer
        assert journal.sweeps(state=SweepState.RUNNING, limit=9) == [elsewhere, newer]
        (paused,) = journal.sweeps(state=SweepState.PAUSED, limit=9)
        assert paused.reason == "why"
        assert len(journal.sweeps(limit=2)) == 2

    def test_what_requests_would_repeat_is_known_by_its_content(self, journal):
        """The finished one of several; failed ones do not count."""
        failed = journal.request_cancel(journal.add(new_job(content_key="a")).id)
        running = journal.add(new_job(content_key="b"))
        done = completed(journal, content_key="b")
        journal.add(new_job(content_key="c", folder="/elsewhere"))

        found = journal.made("/media", ["a", "b", "c", *map(str, range(2000))])

        assert found == {("b", "fal"): done.id}
        assert failed.id != running.id
