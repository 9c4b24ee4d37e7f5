"""Votes are counted fairly, and what they cannot tell is said."""

from __future__ import annotations

import pytest

from rushes import VideoGen
from rushes.comparison import Vote, add_vote, strengths, summary, votes
from rushes.explore.interval import wilson

PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
"""Newcombe, Statistics in Medicine 17 (1998), table I: the score method without correction."""


def cast(left: str, right: str, *choices: str, question: str = "looks") -> list[Vote]:
    return [Vote(question, left, right, choice) for choice in choices]


@pytest.mark.parametrize(("hits", "count", "low", "high"), PUBLISHED)
def test_intervals_are_those_of_the_literature(hits, count, low, high):
    """Every published example comes out to its last digit."""
    assert wilson(hits / count, count) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("count", [1, 2, 10, 1000])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_an_interval_holds_its_share_and_stays_within_all(share, count):
    """No rate is below none or above all."""
    low, high = wilson(share, count)
    assert 0 <= low <= share <= high <= 1
    assert (low, high) == pytest.approx([1 - end for end in reversed(wilson(1 - share, count))])


def test_nothing_counted_says_nothing():
    """Of no votes every rate is possible."""
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_every_vote_counts_for_both():
    """One's win is the other's loss, and a tie is half a win for each."""
    first, second = summary(cast("kling", "seedance", "left", "left", "right", "tie"))

    assert (first.name, first.wins, first.losses, first.ties, first.rate) == (
        "kling",
        2,
        1,
        1,
        0.625,
    )
    assert (second.name, second.wins, second.losses, second.ties, second.rate) == (
        "seedance",
        1,
        2,
        1,
        0.375,
    )
    assert (first.low, first.high) == wilson(0.625, 4)


def test_the_side_does_not_matter():
    """Where a take stood is forgotten."""
    one = summary(cast("a", "b", "left", "tie"))
    other = summary(cast("b", "a", "right", "tie"))
    assert list(one) == list(other)


def test_questions_are_counted_apart():
    """What follows the prompt may look worse."""
    rows = summary(
        [*cast("a", "b", "left", question="looks"), *cast("a", "b", "right", question="prompt")]
    )
    assert [(row.question, row.name, row.rate) for row in rows] == [
        ("prompt", "b", 1.0),
        ("prompt", "a", 0.0),
        ("looks", "a", 1.0),
        ("looks", "b", 0.0),
    ]


def test_a_summary_can_be_read():
    """As text in a terminal, and as a table in a notebook."""
    rows = summary(cast("kling", "seedance", *["left"] * 9, "right"))
    assert repr(rows).splitlines()[1].split() == [
        "kling", "looks", "better", "9", "1", "0", "90%", "60%", "to", "98%",
    ]  # fmt: skip
    assert "<td>kling</td>" in rows._repr_html_()
    assert repr(summary([])) == "No votes yet."
    assert "No votes yet" in summary([])._repr_html_()


def test_names_are_shown_as_text():
    """A label is never markup."""
    html = summary(cast("<img src=x onerror=alert(1)>", "b", "left"))._repr_html_()
    assert "<img" not in html


def test_votes_of_a_client_are_those_of_its_journal(tmp_path):
    """What one client wrote, the user's next session reads."""
    gen = VideoGen("preview", home=tmp_path / "other", library=tmp_path / "media")
    vote = Vote("looks", "a", "b", "left")
    add_vote(vote, gen)
    found = votes(gen)
    gen.close()

    assert found == [vote]
    assert votes() == []


def test_votes_without_a_client_are_those_of_the_user():
    """No client is needed to look at them."""
    vote = Vote("looks", "a", "b", "left")
    add_vote(vote)

    assert votes() == [vote]


def test_strengths_are_those_of_the_model():
    """Of two names, the odds of a win are the exponential of their difference."""
    found = strengths(cast("a", "b", *["left"] * 300, *["right"] * 100))

    assert [row.name for row in found] == ["a", "b"]
    # Odds of three to one, drawn a little together.
    assert found[0].strength - found[1].strength == pytest.approx(1.0986, abs=0.01)
    assert sum(row.strength for row in found) == pytest.approx(0)


def test_names_that_never_met_are_ranked():
    """Whoever beats the one that beats another is stronger than both."""
    found = strengths(
        [*cast("a", "b", "left", "left", "tie"), *cast("b", "c", "left", "left", "tie")]
    )
    assert [row.name for row in found] == ["a", "b", "c"]


def test_a_name_that_won_every_vote_has_a_strength():
    """It is large, not infinite; names without a common opponent are no error either."""
    found = strengths([*cast("a", "b", *["left"] * 20), *cast("c", "d", "right")])
    assert found[0].name == "a"
    assert all(abs(row.strength) < 20 for row in found)


def test_a_strength_has_its_interval():
    """Votes on one prompt tell little of others, however many they are."""
    one, _ = strengths(cast("a", "b", *["left"] * 30, *["right"] * 10))
    many, _ = strengths(
        [
            Vote("looks", "a", "b", "right" if number % 4 == 3 else "left", prompt=str(number))
            for number in range(40)
        ]
    )

    assert one.low < 0 < one.strength < one.high
    assert 0 < many.low < many.strength < many.high
    assert (one.prompts, many.prompts) == (1, 40)
