"""What a cell gives to a Studio and reads from it."""

from __future__ import annotations

import pytest

from rushes import Studio
from rushes.contract.errors import InvalidParams
from support.requests import FOX
from support.waiting import until

PRICE = 1.517
"""US dollars of that request, by the catalog."""


def test_several_providers_can_be_chosen_from_the_start(show):
    """They are the chosen ones, in a mode that all of them have."""
    studio = show(providers=["kling-3.0-standard", "seedance-2.0"]).studio

    assert studio._settings["providers"] == ["kling-3.0-standard", "seedance-2.0"]
    assert studio._settings["mode"] == "text-to-video"


def test_an_unknown_provider_is_refused_by_name(gen):
    """The error names those that there are."""
    with pytest.raises(InvalidParams, match=r"'sora'.*seedance-2\.0"):
        Studio(gen, providers=["sora"])


def test_a_cell_reads_what_generate_would_send(show):
    """One request a provider, as keywords of `submit`."""
    page = show(providers=["seedance-2.0"])
    seen = []
    page.studio.observe(lambda change: seen.append(change["new"]), "params")

    page.studio._requests = [FOX | {"durationSeconds": 5}]

    assert page.studio.params == (FOX | {"duration_seconds": 5},)
    assert seen == [page.studio.params]


def test_takes_are_jobs_and_can_be_observed(page):
    """An observer hears of a new take and of its end."""
    states = []
    page.studio.observe(lambda change: states.append([j.state for j in change["new"]]), "takes")

    job = page.make_take()

    assert [take.id for take in page.studio.takes] == [job]
    until(lambda: states and states[-1] == ["completed"])


def test_the_tray_is_known_on_both_sides(page):
    """What the page chooses is `selected`; what a cell chooses is shown."""
    first, second = page.make_take("k1"), page.make_take("k2", seed=3)

    page.studio._selected = [first]
    assert [job.id for job in page.studio.selected] == [first]
    page.studio.selected = page.studio.takes
    assert page.studio._selected == [second, first]
    with pytest.raises(InvalidParams, match=r"studio\.takes"):
        page.studio.selected = ["somebody else's"]


def test_at_most_nine_takes_are_compared(page):
    """As many as a screen can show."""
    for number in range(10):
        page.ask("submit", key=f"k{number}", params=FOX)
    until(lambda: len(page.studio.takes) == 10)

    with pytest.raises(InvalidParams, match="at most 9"):
        page.studio.selected = page.studio.takes


def test_a_budget_holds_the_takes_that_fit(show, emulator):
    """The take that would exceed it is refused in words, and nothing is sent."""
    page = show(budget=2 * PRICE)
    page.make_take("k1")
    page.make_take("k2")

    reply = page.ask("submit", key="k3", params=FOX)

    assert reply["error"]["code"] == "AI_POLICY_DENIED"
    assert "$3.03 of the budget of $3.03 is spent" in reply["error"]["message"]
    assert emulator.counts["submit"] == 2
    assert page.studio._budget == {"limit": pytest.approx(3.034), "spent": pytest.approx(3.034)}


def test_a_click_that_is_heard_again_is_not_held_to_the_budget(show):
    """The take is there already and costs nothing more."""
    page = show(budget=PRICE)
    first = page.ask("submit", key="k1", params=FOX)

    assert page.ask("submit", key="k1", params=FOX)["value"] == first["value"]


def test_running_the_cell_again_does_not_fill_the_budget(show):
    """What earlier Studios of the library have spent counts."""
    show(budget=PRICE).make_take("k1")

    reply = show(budget=PRICE).ask("submit", key="k2", params=FOX)

    assert not reply["ok"]


def test_a_retry_is_held_to_the_budget_too(show):
    """It is a take like any other."""
    page = show(budget=PRICE)
    job = page.make_take("k1")

    assert not page.ask("retry", job=job, key="k2")["ok"]


@pytest.mark.parametrize("budget", [-1, "20", float("nan"), True])
def test_a_budget_is_a_sum(gen, budget):
    """Anything else is refused when the Studio is made."""
    with pytest.raises(InvalidParams, match="US dollars"):
        Studio(gen, budget=budget)


def test_running_the_cell_again_keeps_the_form_and_the_tray(show):
    """What was half written is there; providers that the cell names are chosen all the same."""
    page = show()
    job = page.make_take()
    page.studio._settings = page.studio._settings | {"prompt": "half a thought"}
    page.studio._selected = [job]

    again = show(providers=["kling-3.0-standard"]).studio

    assert again._settings["prompt"] == "half a thought"
    assert again._settings["providers"] == ["kling-3.0-standard"]
    assert [take.id for take in again.selected] == [job]


def test_a_hidden_take_is_gone_until_it_is_shown(page, show):
    """For every Studio of the library; its file and its job stay."""
    job = page.make_take()

    assert page.ask("hide", job=job, hidden=True)["ok"]
    assert page.studio.takes == ()
    assert show().studio._takes == []
    assert page.studio.gen.job(job).finished.path.exists()
    page.ask("hide", job=job, hidden=False)
    assert [take.id for take in page.studio.takes] == [job]


def test_a_take_under_way_cannot_be_hidden(page, emulator):
    """It would go on costing out of sight."""
    del emulator
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]

    reply = page.ask("hide", job=job, hidden=True)

    assert "cancel it first" in reply["error"]["message"]


def test_a_take_says_where_its_file_is(page):
    """On the kernel's machine."""
    job = page.make_take()

    path = page.ask("locate", job=job)["value"]["path"]

    assert path == str(page.studio.gen.job(job).finished.path)


def test_studios_stand_in_layouts(show):
    """As any widget does."""
    import ipywidgets  # noqa: PLC0415 - after the seam is in place

    studio = show().studio

    assert ipywidgets.HBox([studio]).children == (studio,)
    assert studio.layout.width == "100%"
