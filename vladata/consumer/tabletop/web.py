"""A corpus of pictures with questions and captions, in the role of web data: no arm, but all colours, digits, words and textures.

Result: tars of KEY.jpg and KEY.json ({"caption": ..., "asked": [{"q": ..., "a": ...}, ...]}), a layout that `vladata convert
web2vla` reads with web.yaml. A place is two whole numbers from 0 to 255, x before y, as in the robot's targets.
"""

import io
import json
import math
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vladata.consumer.tabletop.episodes import jpeg
from vladata.consumer.tabletop.glyphs import RADII, TURNS
from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import PLAIN, Scene, Thing
from vladata.consumer.tabletop.suites import spread, waves
from vladata.consumer.tabletop.words import COLOURS, DIGITS, ONLY_ON_THE_WEB, SHAPES, Kind
from vladata.keys import seed_of

A_TAR = 500  # pictures in a tar
FOREIGN = 0.4  # share of words that are never in robot data
DIGIT = 0.35  # share of glyphs that are digits
ALIKE = 0.4  # share of things with the colour of another thing; without such things a model would not need the glyphs
TINT = 0.04  # standard deviation of the noise that is added to a colour
BY_COLOUR, BY_GLYPH = (
    0.12,
    0.3,
)  # share of questions that name a thing by only one word, if that is unambiguous
WHERE = ("where is", "find", "point to")
LISTED = "list all"
LOCATED, LISTINGS = 4, 3  # numbers of questions for a place, and of listings, for each picture
COUNTS = ("one", "two", "three", "four", "five")  # in words, because numbers are places

Words = Callable[[str], str]


def write_web(out: Path, pictures: int, seed: int) -> Path:
    """Write `pictures` pictures, each with questions, listings and a caption, into tars below `out`, and return `out`."""
    out.mkdir(parents=True)
    for first in range(0, pictures, A_TAR):
        with tarfile.open(out / f"shapes-{first // A_TAR:05d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for number in range(first, min(pictures, first + A_TAR)):
                picture, words = record(seed, number)
                _add(tar, f"{number:06d}.jpg", jpeg(picture))
                _add(tar, f"{number:06d}.json", json.dumps(words).encode())
    return out


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def record(seed: int, number: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Return a picture and its words: four questions for a place, another question, three listings and a caption."""
    rng = np.random.default_rng(seed_of(seed, "web", number))
    scene = _scene(rng)
    asked = [_located(scene, rng) for _ in range(LOCATED)]
    asked.append(_question(scene, rng))
    asked += [{"q": LISTED, "a": _listing(scene, rng)} for _ in range(LISTINGS)]
    words = {"caption": _caption(scene), "asked": asked}
    return draw(scene, rng, noise=float(rng.uniform(0, 0.04))), words


def _scene(rng: np.random.Generator) -> Scene:
    things: list[Thing] = []
    for at in spread(1 + int(rng.integers(5)), rng):
        kind = _kind(things, rng)
        while any(kind == thing.kind for thing in things):
            kind = _kind(things, rng)
        r, g, b = rng.normal(0, TINT, 3).tolist()
        radius, turn = int(rng.integers(len(RADII))), int(rng.integers(len(TURNS)))
        things.append(Thing(kind, at, radius, turn, (r, g, b)))
    table = waves(rng) if rng.random() < 0.6 else int(rng.integers(len(PLAIN)))
    return Scene(tuple(things), table, None, float(rng.uniform(0.8, 1.15)))


def _kind(things: Sequence[Thing], rng: np.random.Generator) -> Kind:
    """Return a random colour, sometimes that of another thing, and a random glyph."""
    glyphs = DIGITS if rng.random() < DIGIT else SHAPES
    alike = len(things) > 0 and rng.random() < ALIKE
    colour = _one(things, rng).kind[0] if alike else str(rng.choice(list(COLOURS)))
    return colour, str(rng.choice(glyphs))


def _located(scene: Scene, rng: np.random.Generator) -> dict[str, str]:
    """Return a question for the place of a thing, named by colour and glyph, or by one word if that is unambiguous."""
    thing, words = _one(scene.things, rng), _worded(rng)
    colour, glyph = thing.kind
    name = f"{words(colour)} {words(glyph)}"
    draws = rng.random()
    if draws < BY_COLOUR and _only(scene, 0, colour):
        name = f"{words(colour)} thing"
    elif draws > 1 - BY_GLYPH and _only(scene, 1, glyph):
        name = f"the {words(glyph)}"
    return {"q": f"{rng.choice(WHERE)} {name}", "a": place(thing.at)}


def _question(scene: Scene, rng: np.random.Generator) -> dict[str, str]:
    """Return another question that the picture answers."""
    thing, words = _one(scene.things, rng), _worded(rng)
    colour, glyph = thing.kind
    kind = rng.random()
    if kind < 0.5:
        return {"q": f"what is at {place(thing.at)}", "a": f"{colour} {glyph}"}
    if kind < 0.65 and _only(scene, 1, glyph):
        return {"q": f"what colour is the {words(glyph)}", "a": colour}
    if kind < 0.8 and _only(scene, 0, colour):
        return {"q": f"what shape is the {words(colour)} thing", "a": glyph}
    if kind < 0.9 or len(scene.things) == 1:
        return {"q": "how many things are there", "a": COUNTS[len(scene.things) - 1]}
    other = _one([each for each in scene.things if each is not thing], rng)
    named = f"{words(colour)} {words(glyph)}", f"{words(other.kind[0])} {words(other.kind[1])}"
    side, is_there = _beside(thing.at, other.at, rng)
    return {"q": f"is {named[0]} {side} {named[1]}", "a": "yes" if is_there else "no"}


def _beside(one: Sequence[float], other: Sequence[float], rng: np.random.Generator) -> tuple[str, bool]:
    """Return a relation along the axis on which two places are further apart, and True if the relation is true."""
    axis = int(abs(one[1] - other[1]) > abs(one[0] - other[0]))
    before = one[axis] < other[axis]
    if rng.random() < 0.5:
        return ("left of", "above")[axis], before
    return ("right of", "below")[axis], not before


def _listing(scene: Scene, rng: np.random.Generator) -> str:
    """Return all things with their places, in random order.

    Answers use plain words only, because a model could not guess which of several words is expected."""
    in_turn = [scene.things[i] for i in rng.permutation(len(scene.things))]
    return " ".join(f"{' '.join(thing.kind)} at {place(thing.at)}" for thing in in_turn)


def _caption(scene: Scene) -> str:
    in_turn = sorted(scene.things, key=lambda thing: thing.at)
    return "a table with " + " and ".join(" ".join(thing.kind) for thing in in_turn)


def place(at: Sequence[float]) -> str:
    """Return a place of the table in the form of `coordinates: per_255` in recipes."""
    return " ".join(str(math.floor(c * 255 + 0.5)) for c in at)


def _worded(rng: np.random.Generator) -> Words:
    """Return a function that returns a word, or sometimes a synonym of it."""

    def words(plain: str) -> str:
        return str(rng.choice(ONLY_ON_THE_WEB[plain])) if rng.random() < FOREIGN else plain

    return words


def _only(scene: Scene, part: int, word: str) -> bool:
    return sum(thing.kind[part] == word for thing in scene.things) == 1


def _one(things: Sequence[Thing], rng: np.random.Generator) -> Thing:
    return things[int(rng.integers(len(things)))]
