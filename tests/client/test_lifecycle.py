"""How a client is opened and closed, and which service it takes."""

from __future__ import annotations

import asyncio

import pytest

from rushes import RushesError, VideoGen
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until


def test_async_with_closes_the_client(make_gen):
    """The video is made inside; afterwards the client says that it is closed."""

    async def scenario() -> VideoGen:
        async with make_gen() as gen:
            assert (await gen.generate(**FOX)).path.exists()
        return gen

    gen = asyncio.run(scenario())

    with pytest.raises(RushesError, match="This client is closed"):
        gen.submit(**FOX)


def test_async_with_closes_the_client_after_an_error(make_gen):
    """The error comes out as it was."""
    mine = "mine"

    async def scenario(gen: VideoGen) -> None:
        async with gen:
            raise KeyError(mine)

    gen = make_gen()
    with pytest.raises(KeyError, match="mine"):
        asyncio.run(scenario(gen))

    with pytest.raises(RushesError, match="This client is closed"):
        gen.jobs()


def test_aclose_stops_the_engine(make_gen):
    """Of the last client; closing once more does nothing."""

    async def scenario(gen: VideoGen) -> None:
        await gen.aclose()
        await gen.aclose()

    gen = make_gen()
    asyncio.run(scenario(gen))

    assert gen.engine.is_closed


def test_aclose_leaves_the_loop_free(make_gen, emulator):
    """A submission that is still under way holds the closing up, not the caller's loop."""
    emulator.settings.answer_delay = AN_HOUR
    gen = make_gen()

    async def scenario() -> int:
        turns = 0
        gen.submit(**FOX)
        await asyncio.to_thread(until, lambda: emulator.counts["submit"])
        closing = asyncio.create_task(gen.aclose())
        while not closing.done():
            turns += 1
            if turns > 1 and emulator.jobs:
                emulator.advance(A_WHILE)
            await asyncio.sleep(0.01)
        return turns

    assert asyncio.run(scenario()) > 1


def test_the_environment_chooses_the_preview(tmp_path, monkeypatch):
    """RUSHES_BACKEND=preview is asking for it, even where another service is set up."""
    monkeypatch.setenv("FAL_KEY", "an-id:a-secret")
    with VideoGen(home=tmp_path / "home", library=tmp_path / "media") as gen:
        _, before = gen.check(FOX)
        monkeypatch.setenv("RUSHES_BACKEND", "preview")
        _, after = gen.check(FOX)

    assert (before, after) == ("fal", "preview")


@pytest.mark.slow
def test_the_environments_preview_makes_the_video(tmp_path, monkeypatch):
    """Without any key, and free of charge."""
    monkeypatch.setenv("RUSHES_BACKEND", "preview")
    with VideoGen(home=tmp_path / "home", library=tmp_path / "media") as gen:
        result = gen.generate_sync(FOX, resolution="480p", duration_seconds=4)

    assert (result.backend, result.cost.amount) == ("preview", 0)


def test_what_the_caller_names_goes_before_the_environment(gen, monkeypatch):
    """A service that stands in the code is no matter of the machine."""
    monkeypatch.setenv("RUSHES_BACKEND", "preview")

    assert gen.check(FOX)[1] == "fal"
