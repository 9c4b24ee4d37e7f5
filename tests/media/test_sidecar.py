"""The facts beside each video, without anything secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from rushes.contract.errors import MediaError
from rushes.contract.media_errors import LibraryUnwritable
from rushes.media.sidecar import read_sidecar, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "take.json"


FACTS = {
    "rushes": "0.1.0",
    "jobId": "20261122-184233-9f3a1c07",
    "provider": "kling-3.0-standard",
    "params": {"prompt": "Füchse im Schnee", "seed": 7, "cfgScale": 0.5},
    "cost": {"amount": 0.42, "currency": "USD"},
    "durationSeconds": 5.0,
    "notes": ["one", "two"],
    "seed": None,
}


def test_facts_come_back_as_they_were_written(path: Path) -> None:
    """Numbers, texts, lists and nothing."""
    write_sidecar(path, FACTS)
    assert read_sidecar(path) == FACTS
    assert "Füchse" in path.read_text(encoding="utf-8")


def test_links_lose_what_is_secret_in_them(path: Path) -> None:
    """Queries, fragments and users go, wherever in the facts a link stands; the rest stays."""
    write_sidecar(
        path,
        {
            "videoUrl": "https://me:TOPSECRET@cdn.example:8443/a/v.mp4?X-Sig=TOPSECRET&e=1#TOPSECRET",
            "params": {
                "startImageUrl": "HTTPS://cdn.example/in.png?TOPSECRET",
                "imageReferences": ["https://cdn.example/x.png?sig=TOPSECRET"],
                "prompt": 'like "https://a.example/b?k=TOPSECRET", but slower?',
            },
        },
    )
    text = path.read_text(encoding="utf-8")
    assert "TOPSECRET" not in text
    facts = json.loads(text)
    assert facts["videoUrl"] == "https://cdn.example:8443/a/v.mp4"
    assert facts["params"]["imageReferences"] == ["https://cdn.example/x.png"]
    assert facts["params"]["prompt"] == 'like "https://a.example/b", but slower?'


@given(
    st.from_regex(r"https?://[a-z]{1,9}\.example(/[a-z0-9@:._-]{0,9}){0,3}", fullmatch=True),
    st.text(st.characters(exclude_characters=" \"'<>", exclude_categories=["C", "Z"]), min_size=1),
)
def test_no_query_survives(tmp_path_factory: pytest.TempPathFactory, link: str, query: str) -> None:
    """Whatever is in it."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    write_sidecar(path, {"url": f"{link}?{query}"})
    assert read_sidecar(path) == {"url": link}


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "Authorization", "token", "accessToken", "key", "Set-Cookie", "secret"],
)
def test_entries_that_are_named_like_secrets_are_left_out(path: Path, name: str) -> None:
    """At any depth; a library is copied and shared."""
    write_sidecar(path, {"a": [{name: "TOPSECRET", "seed": 1}]})
    assert read_sidecar(path) == {"a": [{"seed": 1}]}


@pytest.mark.parametrize("name", ["keyframes", "maxTokens", "monkey", "seed", "clientRef"])
def test_entries_with_harmless_names_stay(path: Path, name: str) -> None:
    """A parameter that a provider's file declares is a fact of the video."""
    write_sidecar(path, {name: 1})
    assert read_sidecar(path) == {name: 1}


def test_half_a_surrogate_pair_in_a_prompt_does_no_harm(path: Path) -> None:
    """JSON can say it, UTF-8 cannot."""
    write_sidecar(path, {"prompt": "\ud83d fox"})
    assert read_sidecar(path) == {"prompt": "\ud83d fox"}


def test_a_rewritten_sidecar_leaves_nothing_behind(path: Path) -> None:
    """The old facts or the new, and no draft."""
    write_sidecar(path, {"a": 1})
    write_sidecar(path, {"a": 2})
    assert read_sidecar(path) == {"a": 2}
    assert [item.name for item in path.parent.iterdir()] == ["take.json"]


def test_a_draft_that_cannot_be_finished_is_removed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old facts stay; the error names the folder."""
    write_sidecar(path, {"a": 1})

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(LibraryUnwritable, match="disk is full"):
        write_sidecar(path, {"a": 2})
    monkeypatch.undo()
    assert read_sidecar(path) == {"a": 1}
    assert [item.name for item in path.parent.iterdir()] == ["take.json"]


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe", b"[1]"])
def test_a_damaged_sidecar_says_so(path: Path, content: bytes | None) -> None:
    """It is one file of many; the error names it."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=r"take\.json"):
        read_sidecar(path)
