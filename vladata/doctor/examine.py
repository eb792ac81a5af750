"""The whole examination: two passes over the index, and the pictures of a few episodes between them.

Pass 1 counts lengths, instructions, flags and duplicates, and takes the sample. The sample gives all statements about the dataset
as a whole, and the limits of idle steps and outliers. Pass 2 counts idle steps and outliers, and writes the exports.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.doctor.action_kind import action_kind
from vladata.doctor.axes import axes
from vladata.doctor.bins import RecipeBins, bins, recipe_bins
from vladata.doctor.bounds import bounds
from vladata.doctor.colours import ColourCheck
from vladata.doctor.duplicates import Duplicates, content_columns
from vladata.doctor.exports import Exports
from vladata.doctor.facts import Facts, Subject, facts_of, subject_of
from vladata.doctor.finding import SEVERITIES, Finding
from vladata.doctor.flags import Flags, flag_columns
from vladata.doctor.frames import FrameCheck
from vladata.doctor.frequency import clocks, frequency
from vladata.doctor.gripper import gripper_polarity
from vladata.doctor.gripper_range import gripper_range
from vladata.doctor.idle import IdleSteps, quiet_of
from vladata.doctor.instructions import Instructions
from vladata.doctor.lengths import Lengths, is_short
from vladata.doctor.outliers import Outliers
from vladata.doctor.pictures import Chosen, Reel, Spot, reels_of, spot_of
from vladata.doctor.sample import EpisodeSample
from vladata.doctor.time_shift import time_shift
from vladata.doctor.track import COLUMNS, Track, tracks_of
from vladata.doctor.unit_scale import unit_scale
from vladata.doctor.values import constant, saturated
from vladata.index.part import Indexer
from vladata.index.rows import RAW
from vladata.robot.sources import Sources
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

Detector = Callable[[Facts], Iterable[Finding]]
OF_SAMPLE: tuple[Detector, ...] = (
    gripper_polarity,
    gripper_range,
    action_kind,
    axes,
    unit_scale,
    time_shift,
    saturated,
    constant,
    frequency,
)
PLACES = ("file", "shard", "record", "offset", "length", "crc", "images")


@dataclass(frozen=True)
class Material:
    """The data to examine.

    read:    columns -> the parts of the index with these columns; called twice, the same both times.
    subject: what the schema says of it.
    chain:   the name of its action chain, None for the default.
    raw:     paths of the raw columns that the index has.
    film:    gives the reels of an episode, by its id and where it lies.
    images:  how many episodes to look at pictures of.
    recipe:  the recipe whose bins are looked at; None to look at bounds from quantiles.
    """

    read: Callable[[Sequence[str]], Iterable[pa.Table]]
    subject: Subject
    chain: str | None
    raw: tuple[str, ...]
    film: Callable[[str, Spot], Iterator[Reel]]
    images: int
    recipe: RecipeBins | None = None


@dataclass(frozen=True)
class Examined:
    """The size of the data and the findings, worst first. looked_at: episodes in the sample."""

    episodes: int
    steps: int
    looked_at: int
    findings: tuple[Finding, ...]


@dataclass
class _Counted:
    """The results of pass 1."""

    lengths: Lengths
    words: Instructions
    flags: Flags
    duplicates: Duplicates
    sample: EpisodeSample = field(default_factory=EpisodeSample)


def material_of(
    sources: Sources,
    spec: DatasetSpec,
    chain: str | None,
    images: int,
    recipe: RecipeSpec | None = None,
) -> Material:
    """Return the material of an indexed source: all of it, or the episodes of which a choice takes a step."""
    indexer = Indexer(sources.indexing)
    assert indexer.standardise
    return Material(
        sources.taken if sources.selection.is_all else partial(_written, sources),
        subject_of(spec, chain),
        chain,
        tuple(indexer.raw_types),
        partial(reels_of, sources.source, indexer.standardise),
        images,
        recipe_bins(recipe, chain, spec, sources.selection.every) if recipe else None,
    )


def examine(material: Material, exports: Exports) -> Examined:
    """Go over the material; the exports are open, and are filled."""
    chosen = Chosen(material.images)
    counted = _first_pass(material, chosen)
    counted.duplicates.settle()
    facts = facts_of(material.subject, counted.sample.tracks())
    frames, colours = FrameCheck(), ColourCheck()
    dark: dict[str, list[np.ndarray]] = {}
    for episode, spot in chosen.spots():
        dark[episode] = []
        for reel in material.film(episode, spot):
            dark[episode].append(frames.see(reel))
            colours.see(reel)
    idle, outliers = IdleSteps(quiet_of(facts)), Outliers(facts)
    for number, track in enumerate(_tracks(material, ())):
        cuts = [idle.see(track), outliers.see(track), *dark.get(track.id, ())]
        exports.episode(track.id, track.steps, cuts)
        _errata(exports, counted, track, counted.duplicates.place(track, number))
    with np.errstate(
        over="ignore"
    ):  # a difference that float32 cannot hold is infinite, and a motion like any other
        found = [finding for detector in OF_SAMPLE for finding in detector(facts)] if facts.tracks else []
    for detector in (idle, outliers, colours, frames):
        found += detector.findings()
    if material.recipe:
        found += bins(material.subject, material.recipe, material.read)
    else:
        found += bounds(material.subject, material.read)
    for counter in (counted.words, counted.flags, counted.lengths, counted.duplicates):
        found += counter.findings()
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Examined(counted.lengths.episodes, counted.lengths.steps, len(facts.tracks), tuple(found))


def _written(sources: Sources, columns: Sequence[str]) -> Iterator[pa.Table]:
    for part in sources.taken(columns):
        yield part.filter(pc.greater(pc.list_value_length(part["numbers"]), 0))


def _first_pass(material: Material, chosen: Chosen) -> _Counted:
    spec = material.subject.spec
    content = content_columns(spec, material.chain, material.raw)
    times = clocks(list(material.raw))
    raw = list(dict.fromkeys((*content, *flag_columns(spec.terminate, material.raw), *times)))
    counted = _Counted(
        Lengths(), Instructions(spec.language.empty == "filter"), Flags(spec.terminate), Duplicates(content)
    )
    for track, spot in _spotted(material, raw):
        for counter in (counted.lengths, counted.words, counted.flags, counted.duplicates):
            counter.see(track)
        counted.sample.see(replace(track, raw={path: track.raw[path] for path in times if path in track.raw}))
        if len(track):
            chosen.see(track.id, spot)
    return counted


def _spotted(material: Material, raw: Sequence[str]) -> Iterator[tuple[Track, Spot]]:
    layout = material.subject.layout
    for part in material.read([*COLUMNS, *PLACES, *(RAW + path for path in raw)]):
        places = part.select(PLACES).to_pylist()
        for track, row in zip(
            tracks_of(part, len(layout.names), len(layout.states), raw), places, strict=True
        ):
            yield track, spot_of(track, row)


def _tracks(material: Material, raw: Sequence[str]) -> Iterator[Track]:
    layout = material.subject.layout
    for part in material.read([*COLUMNS, *(RAW + path for path in raw)]):
        yield from tracks_of(part, len(layout.names), len(layout.states), raw)


def _errata(exports: Exports, counted: _Counted, track: Track, repeated: bool) -> None:
    """Write the erratum of an episode, if it has one; of several the first."""
    if repeated:
        exports.exclude(track.id, "duplicate")
    elif is_short(track):
        exports.exclude(track.id, f"{track.steps} step{'s' * (track.steps != 1)}")
    elif counted.words.lacks(track):
        exports.ask(track.id)
