"""What a prompt asks for: a place, a light and a weather."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LONGEST_READ = 4000
"""Characters of a prompt that are looked at; the rest changes the seed only."""

PLACES = {
    "waves": "ocean sea water wave lake river beach surf surfer boat ship sail island harbor "
    "harbour coast shore whale fish dolphin underwater swim swimmer rowing fjord tide",
    "skyline": "city street skyline urban building downtown tokyo york london paris shanghai "
    "cyberpunk taxi traffic rooftop neon alley car train subway skyscraper bridge robot",
    "forest": "forest tree wood jungle pine redwood bear deer fox wolf owl camping cabin campfire "
    "fire flame torch burning",
    "mountains": "mountain alp valley canyon hill cliff peak ridge eagle climber hiker landscape "
    "glacier arctic ski skier winter ice hawk castle knight star galaxy nebula moon cosmic comet "
    "universe volcano lava dragon phoenix inferno explosion forge",
    "dunes": "desert dune sand sahara camel oasis mars nomad space planet astronaut rocket orbit "
    "spaceship satellite alien",
    "meadow": "meadow flower grass field garden spring farm horse sheep picnic butterfly bee wheat "
    "blossom bicycle dog puppy rabbit",
    "bokeh": "portrait woman man face coffee kitchen food cat dance dancer candle girl boy child "
    "restaurant cup wine bar party wedding christmas macro tea chef piano violin jazz",
    "silk": "abstract fabric silk liquid paint smoke ink texture fashion logo product perfume "
    "bottle",
}
LIGHTS = {
    "warm": "coffee candle restaurant wine wedding christmas kitchen bar cozy cosy fireplace "
    "chocolate bread piano violin jazz",
    "night": "night midnight moonlit moonlight dark nocturnal star starry moon firefly lantern "
    "space galaxy planet nebula cosmic orbit comet universe",
    "sunset": "sunset dusk golden evening twilight autumn warm desert savanna",
    "dawn": "dawn sunrise morning pastel spring pink blossom",
    "day": "day noon sunny bright summer blue tropical midday daylight",
    "storm": "storm stormy rain rainy overcast fog foggy mist misty cloudy grey gray thunder "
    "gloomy",
    "neon": "neon cyberpunk synthwave vaporwave futuristic arcade nightclub hologram",
    "aurora": "aurora borealis northern",
    "fire": "fire flame lava volcano campfire inferno burning explosion",
    "snow": "snow snowy winter ice icy blizzard arctic glacier frozen frost",
}
WEATHERS = {
    "snow": "snow snowy winter blizzard arctic snowfall snowflake",
    "rain": "rain rainy storm thunder downpour drizzle umbrella",
    "embers": "fire flame ember spark campfire volcano explosion torch",
    "fireflies": "firefly magical fairy enchanted",
    "petals": "petal blossom flower cherry confetti leaf autumn butterfly",
    "dust": "dust dusty sand pollen sunbeam ray",
}

# A place looks right in some lights only; the seed picks one where the prompt names none.
_USUAL_LIGHTS = {
    "waves": ("day", "sunset", "dawn", "own"),
    "skyline": ("night", "sunset", "neon", "own"),
    "forest": ("dawn", "day", "storm", "own"),
    "mountains": ("sunset", "dawn", "day", "own"),
    "dunes": ("sunset", "day", "dawn"),
    "meadow": ("day", "dawn", "sunset"),
    "bokeh": ("own", "warm", "night"),
    "silk": ("own",),
}
_AIRS = ("storm", "snow", "day", "warm")
_USUAL_WEATHER = {
    "meadow": "petals",
    "bokeh": "dust",
}
_ANYWHERE = ("silk", "mountains", "waves", "bokeh", "dunes")


@dataclass(frozen=True)
class Mood:
    """What the backdrop shows.

    Attributes:
        place: a key of `PLACES`.
        light: a key of `LIGHTS`, or ``"own"`` for colours that the seed chooses.
        weather: a key of `WEATHERS`, or None.
    """

    place: str
    light: str
    weather: str | None


def read_mood(prompt: str, negative: str | None, dice: np.random.Generator) -> Mood:
    """The mood of a prompt.

    Words of the negative prompt rule out what they would have called for: with "ocean" in it there
    is no sea, whatever the prompt says.
    """
    wanted = _words(prompt)
    unwanted = set(_words(negative or ""))
    place = _named(PLACES, wanted, unwanted)
    places = [name for name in _ANYWHERE if not unwanted & set(PLACES[name].split())]
    # The dice are thrown the same number of times whatever the prompt names, so that a negative
    # prompt changes the mood and nothing else.
    throws = dice.random(2)
    if place is None:
        place = places[int(throws[0] * len(places))] if places else "silk"
        usual: tuple[str, ...] = ("own",)
    else:
        usual = _USUAL_LIGHTS[place]
    # "A misty morning" is a morning: the time of day decides, the air only where no time is named.
    times = {name: words for name, words in LIGHTS.items() if name not in _AIRS}
    light = _named(times, wanted, unwanted) or _named(LIGHTS, wanted, unwanted)
    if light is None:
        usual = tuple(
            name for name in usual if not unwanted & set(LIGHTS.get(name, "").split())
        ) or ("own",)
        light = usual[int(throws[1] * len(usual))]
    weather = _named(WEATHERS, wanted, unwanted)
    if weather is None:
        usual_weather = _USUAL_WEATHER.get(place)
        if usual_weather and not unwanted & set(WEATHERS[usual_weather].split()):
            weather = usual_weather
        elif place == "forest" and light == "night":
            weather = "fireflies"
    return Mood(place, light, weather)


def _words(text: str) -> list[str]:
    """The lower-case words of a text, plurals without their "s"."""
    words = re.findall(r"[^\W\d_]+", text[:LONGEST_READ].lower())
    return [word[:-1] if word.endswith("s") and not word.endswith("ss") else word for word in words]


def _named(table: dict[str, str], wanted: list[str], unwanted: set[str]) -> str | None:
    """The entry with most words in the prompt, the first named among equals."""
    best: str | None = None
    score = (0, 0)  # number of words, then how early the first stands
    for name, listed in table.items():
        words = set(listed.split())
        if words & unwanted:
            continue
        hits = [index for index, word in enumerate(wanted) if word in words]
        if hits and (best is None or (len(hits), -hits[0]) > score):
            best, score = name, (len(hits), -hits[0])
    return best
