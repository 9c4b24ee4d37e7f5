"""What the kernel answers to a page about doubtful jobs, requests and itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from emulators.fal import Fault, FaultKind
from reliability.asking import assert_bought_once, assert_kept, at_rest
from rushes import JobState
from rushes.widgets import player
from support.requests import FOX
from support.waiting import until

_numbers = itertools.count()


def ask(page: Any, kind: str, **body: Any) -> dict[str, Any]:
    """Send a message and wait for its reply, which may come after the kernel is done with it."""
    message_id = f"later-{next(_numbers)}"
    content = {"kind": kind, "id": message_id, **body}
    data = {"method": "custom", "content": content}
    message = {"content": {"data": data}, "buffers": []}
    page._comm.handle_msg(message)
    until(lambda: any(sent.get("id") == message_id for sent in page.messages))
    return page.reply_to(message_id)


@pytest.fixture
def doubtful(page, emulator):
    """A job of the page whose reply was lost, at a service whose history may not be read."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = page.studio.gen.job(ask(page, "submit", key="k1", params=FOX)["value"]["job"])
    assert at_rest(page.studio.gen, job).state is JobState.UNCERTAIN
    return job


def test_a_greeting_is_answered_with_the_life_of_the_kernel(page):
    """By it a page knows whether the kernel was restarted."""
    reply = ask(page, "hello")

    assert reply["ok"]
    assert reply["value"] == {"epoch": page.studio._epoch}


def test_a_page_gets_the_player_when_it_compares(page, monkeypatch, tmp_path):
    """As texts that fit one message; a missing or oversized file is refused in words."""
    for name in ("compare.js", "player.css"):
        (tmp_path / name).write_text(f"/* {name} */", "utf-8")
    monkeypatch.setattr(player, "STATIC", tmp_path)

    assert ask(page, "player")["value"] == {
        "script": "/* compare.js */",
        "style": "/* player.css */",
    }
    (tmp_path / "compare.js").write_bytes(b" " * (player.LARGEST_PART + 1))
    assert "more than" in ask(page, "player")["error"]["message"]
    (tmp_path / "compare.js").unlink()
    assert "Install rushes again" in ask(page, "player")["error"]["message"]


def test_a_page_learns_where_the_frames_of_a_take_are(page, doubtful):
    """Only of a take that has a file."""
    reply = ask(page, "clip", job=doubtful.id)

    assert "no longer in the library" in reply["error"]["message"]


def test_a_page_shows_what_happened_and_python_also_what_to_call(page, doubtful):
    """The buttons beside the text do what the advice says."""

    def shown():
        return [take for take in page.studio._takes if take["job"] == doubtful.id]

    until(lambda: any("error" in take for take in shown()))
    error = doubtful.error

    assert [take["error"]["message"] for take in shown()] == [error.message]
    assert "job." not in error.message
    assert "job.resubmit()" in str(error)
    for view in (error, doubtful):
        assert "job.resubmit()" in view._repr_mimebundle_()["text/html"]


def test_looking_again_says_that_nothing_was_found(page, doubtful):
    """The job stays doubtful."""
    reply = ask(page, "decide", job=doubtful.id, action="look-again")

    assert reply["value"] == {"message": "fal does not list it (yet). It may still turn up."}
    assert doubtful.state is JobState.UNCERTAIN


def test_looking_again_goes_on_with_what_was_found(page, emulator, doubtful):
    """And nothing is bought twice."""
    emulator.settings.history_usable = True

    reply = ask(page, "decide", job=doubtful.id, action="look-again")

    assert reply["value"] == {"message": "fal has it; it continues."}
    assert_bought_once(emulator, at_rest(page.studio.gen, doubtful))


def test_a_job_that_the_user_found_goes_on(page, emulator, doubtful):
    """Spaces around the pasted id do not matter."""
    remote_id = f" {emulator.jobs[0].request_id}\n"

    reply = ask(page, "decide", job=doubtful.id, action="resolve", remoteId=remote_id)

    assert reply["value"] == {"message": "It continues from there."}
    assert_bought_once(emulator, at_rest(page.studio.gen, doubtful))


@pytest.mark.parametrize("body", [{"remoteId": "nope"}, {"remoteId": ""}, {}])
def test_an_id_that_the_service_does_not_know_is_refused(page, doubtful, body):
    """A mistyped or missing one changes nothing."""
    reply = ask(page, "decide", job=doubtful.id, action="resolve", **body)

    assert not reply["ok"]
    assert reply["error"]["code"] == "JOB_NOT_FOUND"
    assert doubtful.state is JobState.UNCERTAIN


def test_a_job_is_sent_again_at_the_users_word(page, emulator, doubtful):
    """Under its own id, with a second job at the service."""
    reply = ask(page, "decide", job=doubtful.id, action="resubmit")

    assert reply["value"] == {"message": "It is sent again."}
    record = at_rest(page.studio.gen, doubtful)
    assert_kept(record)
    assert [job.request_id for job in emulator.jobs][1:] == [record.remote_id]


def test_a_job_is_given_up_at_the_users_word(page, emulator, doubtful):
    """It ends as a failure, and nothing more is sent."""
    reply = ask(page, "decide", job=doubtful.id, action="abandon")

    assert reply["value"] == {"message": "It was given up."}
    assert at_rest(page.studio.gen, doubtful).state is JobState.FAILED
    assert emulator.counts["submit"] == 1


def test_a_decision_that_does_not_exist_is_refused(page, doubtful):
    """By its name, and the job stays as it is."""
    reply = ask(page, "decide", job=doubtful.id, action="dance")

    assert not reply["ok"]
    assert "'dance'" in reply["error"]["message"]
    assert doubtful.state is JobState.UNCERTAIN


@pytest.mark.parametrize("action", ["resolve", "resubmit", "abandon"])
def test_a_job_that_is_not_doubtful_is_not_decided(page, emulator, action):
    """A page that is behind the times buys nothing and loses nothing."""
    job = page.studio.gen.job(ask(page, "submit", key="k1", params=FOX)["value"]["job"])
    before = at_rest(page.studio.gen, job)

    reply = ask(page, "decide", job=job.id, action=action, remoteId=before.remote_id)

    assert not reply["ok"]
    assert reply["error"]["code"] == "JOURNAL_ERROR"
    assert_bought_once(emulator, at_rest(page.studio.gen, job))


def test_an_estimate_names_every_problem_at_its_field(page, emulator):
    """As the form calls the fields, without a price, and nothing is sent."""
    request = FOX | {"durationSeconds": 99, "resolution": "9k", "cfgScale": 0.5}

    value = ask(page, "estimate", params=request)["value"]

    assert {problem["parameter"] for problem in value["problems"]} == {
        "durationSeconds",
        "resolution",
        "cfgScale",
    }
    assert all(problem["message"] for problem in value["problems"])
    assert (value["cost"], value["seconds"]) == (None, None)
    assert emulator.counts["submit"] == 0


def test_a_problem_inside_a_list_is_the_lists(page):
    """The form has one field for all references."""
    request = FOX | {"mode": "reference-to-video", "imageReferences": ["ftp://a.example/1.png"]}

    value = ask(page, "estimate", params=request)["value"]

    assert [problem["parameter"] for problem in value["problems"]] == ["imageReferences"]
