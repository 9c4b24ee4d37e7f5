"""What every store of jobs must do; each implementation's tests run `StoreContract`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rushes.contract.errors import (
    JobNotFound,
    JournalError,
    LeaseLost,
    PolicyDenied,
    RemoteTaken,
)
from rushes.contract.params import VideoGenParams
from rushes.journal import (
    Cap,
    Failure,
    JobRecord,
    JobState,
    Journal,
    Output,
    Reservation,
    Vote,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMS = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", prompt="A fox")


def new_job(**changes: object) -> JobRecord:
    return replace(JobRecord.new(PARAMS, backend="fal", folder="/media"), **changes)


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


def money(amount: float, limit: float | None = None) -> Reservation:
    caps = () if limit is None else (cap(limit),)
    return Reservation(estimate=amount, account="library", caps=caps)


def cap(limit: float) -> Cap:
    return Cap(name="the budget", limit=limit, account="library", error=PolicyDenied)


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
        """Only another process's writes count as changes."""
        journal.has_changed()
        journal.add(new_job())
        assert not journal.has_changed()

        other.add(new_job())
        assert journal.has_changed()

    def test_a_job_is_off_the_lists_until_it_is_put_back(self, journal, other):
        """For every process; twice is once, and the job itself stays."""
        job = completed(journal)
        journal.hide(job.id)
        journal.hide(job.id)
        assert other.is_hidden(job.id)
        assert other.get(job.id).id == job.id

        other.hide(job.id, hidden=False)
        assert not journal.is_hidden(job.id)

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
        ],
    )
    def test_a_list_holds_what_matches_every_filter(self, journal, filters, found, limit):
        """With a limit as without."""
        journal.add(new_job(id="plain"))
        journal.add(new_job(id="there", folder="/elsewhere"))
        journal.add(new_job(id="old", provider="seedance-2.0"))
        completed(journal, id="done", params=new_job().params | {"clientRef": "mine"})
        journal.hide("old")

        assert {job.id for job in journal.select(**filters, limit=limit)} == found

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
        failure = Failure(code="MEDIA_ERROR", message="No.", status=404, detail="d")
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

    def test_a_vote_says_how_the_requests_differ(self, journal):
        """Where both jobs are known; such a vote is not counted."""
        left = journal.add(new_job())
        right = journal.add(new_job(params=left.params | {"prompt": "A boat"}))
        journal.add_vote(Vote("looks", "a", "b", "left", left_job=left.id, right_job=right.id))

        assert [vote.unlike for vote in journal.votes()] == [("prompt",)]
