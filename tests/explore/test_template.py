"""What a template says is what is filled in, and nothing else."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given, strategies as st

from rushes.contract.errors import InvalidParams
from rushes.explore.template import DEEPEST, LONGEST, Template
from rushes.explore.words import WordLists


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "animals.txt").write_text("fox\n\n  heron \r\nsalt-flat otter\n", "utf-8")
    return WordLists(tmp_path)


def results(template: Template, **values: object) -> set[str]:
    """Every text that some seed makes."""
    return {template.filled(values, seed) for seed in range(100)}


def test_variables_are_filled_in():
    """Each is replaced wherever it stands, and others are ignored."""
    template = Template("A {animal} and another {animal}, { light }")
    assert template.names == ("animal", "light")
    assert template.filled({"animal": "fox", "light": 3, "more": 1}) == "A fox and another fox, 3"


@pytest.mark.parametrize("value", ["{light}", "{a|b}", "{{", "__animals__", "}", "\\1"])
def test_a_value_is_only_text(value, lists):
    """What a value contains is not read as a template."""
    assert Template("A {animal}", lists).filled({"animal": value, "light": "x"}) == f"A {value}"


def test_every_alternative_is_taken_by_some_seed():
    """Alternatives may be empty, and contain variables and alternatives."""
    template = Template("a {red|{dark|light} {colour}|}fox")
    assert results(template, colour="blue") == {
        "a redfox",
        "a dark bluefox",
        "a light bluefox",
        "a fox",
    }
    assert template.is_drawn


def test_an_entry_of_a_word_list_is_taken(lists):
    """Empty lines and spaces around an entry do not count."""
    assert results(Template("a __animals__.", lists)) == {
        "a fox.",
        "a heron.",
        "a salt-flat otter.",
    }


def test_the_same_seed_makes_the_same_text():
    """The choices are the same on every machine and with every release."""
    template = Template("{a|b|c|d|e} {a|b|c|d|e} {a|b|c|d|e} {a|b|c|d|e}")
    assert template.filled({}, seed=7) == template.filled({}, seed=7) == "e b e b"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("a {{b}} | c", "a {b} | c"),
        ("{{{name}}}", "{fox}"),
        ("snake_case x__y__z ____ __ _", "snake_case x__y__z ____ __ _"),
        ("__ a __, a __init and\nb__", "__ a __, a __init and\nb__"),
        ("", ""),
        ("line\n{name}\ttab", "line\nfox\ttab"),
    ],
)
def test_other_characters_stand_for_themselves(text, filled):
    """Doubled braces are braces; lines and underscores within words have no meaning."""
    assert Template(text).filled({"name": "fox"}) == filled


@pytest.mark.parametrize(
    "text", ["{", "}", "{}", "{a", "a}", "{a b}", "{a|b", "{{a}", "{1}", "{a-b}"]
)
def test_wrong_braces_are_refused(text):
    """The message says how a literal brace is written."""
    with pytest.raises(InvalidParams, match=r"\{\{|\}\}"):
        Template(text)


def test_a_variable_without_a_value_is_named():
    """With what is given, and what was probably meant."""
    template = Template("A {animals} crosses, {light}")
    with pytest.raises(InvalidParams, match=r"\{animals\} and \{light\} have no value.*animal\?"):
        template.filled({"animal": "fox"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no word list .*moods.txt.*animals.*Did you mean animals"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x" * 2_000_000, "cannot be read: it has more than"),
    ],
)
def test_a_broken_word_list_is_refused(content, reason, tmp_path, lists):
    """At once, not when a seed comes to it."""
    name = "anmals" if content is None else "moods"
    if content is not None:
        (tmp_path / "moods.txt").write_bytes(content)
    with pytest.raises(InvalidParams, match=reason.replace("moods", name)):
        Template(f"{{a|__{name}__}}", lists)


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "C:\\x",
        "a/b",
        "a\\b",
        "..",
        "a.txt",
        "~/a",
        "my list",
        "a__b",
        "-a",
        "a\0b",
        "a\u202eb",
        "*",
        "x" * 101,
    ],
)
def test_what_is_not_the_name_of_a_list_is_refused_at_its_place(name, tmp_path):
    """It is neither read nor sent: a name has no separators and dots, so it leads nowhere else."""
    (tmp_path / "secret.txt").write_text("key")
    folder = tmp_path / "words"
    folder.mkdir()
    with pytest.raises(InvalidParams) as caught:
        Template(f"a __b {{red|__{name}__}} fox", WordLists(folder))
    (problem,) = caught.value.problems
    assert problem.value == problem.message.partition(" is not the name of a word list")[0]
    assert str(problem.value).isprintable()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_an_accent_may_be_stored_in_two_ways(tmp_path, form, stored):
    """In the prompt and in the name of the file."""
    (tmp_path / f"{normalize(stored, 'bêtes')}.txt").write_text("renard", "utf-8")
    text = normalize(form, "Un __bêtes__")
    assert Template(text, WordLists(tmp_path)).filled({}) == "Un renard"


def test_templates_are_bounded():
    """In length, in depth, and in what they become."""
    with pytest.raises(InvalidParams, match="characters"):
        Template("x" * (LONGEST + 1))
    with pytest.raises(InvalidParams, match="nested"):
        Template("{a|" * (DEEPEST + 1) + "}" * (DEEPEST + 1))
    with pytest.raises(InvalidParams, match="filled in"):
        Template("{a}{a}").filled({"a": "x" * LONGEST})


@given(st.text(alphabet="ab{}|_ x", max_size=40))
def test_every_text_is_read_or_refused(text):
    """Whatever the braces, there is a text or a clear error."""
    try:
        template = Template(text)
    except InvalidParams:
        return
    template.filled(dict.fromkeys(template.names, "v"))
