"""MixtureSpec: datasets that are trained on together, and their weights, `schemas/mixtures/NAME.yaml`.

    name: half-robot-half-web
    weights: shares
    sources:
      robot: {weight: 50, path: out/bridge}
      web:
        weight: 50
        weights: shares
        sources:
          captions: {weight: 80, path: out/cc3m}
          vqa: {weight: 20, path: out/vqav2}

A source is a converted dataset, another mixture by its name, or a map of further sources. The shipped mixtures are RT-2's, and
the mixtures that other projects publish, named PROJECT-NAME. Their datasets have the names of our schemas; a dataset without a
schema keeps the name that its project uses.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from vladata.spec.keep import Keep
from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict
from vladata.spec.together import Problem, check

Weights = Literal["shares", "times_steps", "sizes"]
Weight = Annotated[float, Field(ge=1e-12, le=1e12)]
LARGEST_WINDOW = 65_536
Temperature = Annotated[float, Field(ge=0.01)]
"""A temperature, 0.01 or more. Below, all samples would come from the largest source: name only that source instead."""


class WholeSource(Strict):
    """An epoch that ends when every sample of one source has come once."""

    source: Line
    """The source, as its names joined by slashes: "robot", "web/captions"."""


class MixSource(Strict):
    """One part of a mixture: a converted dataset, or further sources."""

    weight: Weight = 1.0
    """The weight of this source, relative to the sources beside it. May be left out if its own sources have sizes: it is then
    their sum."""
    path: Line | None = None
    """The folder or URL of a converted dataset; `vladata mix --set NAME=PATH` puts another in its place."""
    keep: Keep | None = None
    """The samples of a converted web corpus that are taken: by task, language, size, shape and similarity. Filters that need more
    than the dataset's index (keys, text, duplicates) are given when the corpus is converted."""
    cap: Annotated[int, Field(ge=1)] | None = None
    """The largest number of samples of this source that are used."""
    repeats: Annotated[float, Field(ge=1)] | None = None
    """The largest number of times that a sample may come in an epoch; an epoch that needs more is an error."""
    mixture: Line | None = None
    """Another mixture, by name or path, whose sources take this place. A relative path begins in the folder of this file."""
    weights: Weights | None = None
    """The meaning of the weights of its sources. With `mixture`: needed where that mixture gives none, or to take its sizes
    as shares. `sizes` is allowed only if the weights around this source are sizes, too."""
    temperature: Temperature | None = None
    """The temperature among its sources, as in a mixture; only with weights: times_steps."""
    sources: "FrozenMap[Name, Source] | None" = None
    """The sources within this source."""

    @check
    def _one_kind(self) -> Iterator[Problem]:
        given = [name for name in ("path", "mixture", "sources") if getattr(self, name) is not None]
        yield from (((name,), f"is not used together with {given[0]}") for name in given[1:])
        if "path" not in given and given:
            own = [name for name in ("keep", "cap", "repeats") if getattr(self, name) is not None]
            yield from (
                ((name,), "is not used by a source that has sources, only by a dataset") for name in own
            )

    @check
    def _weights_of_sources(self) -> Iterator[Problem]:
        if self.sources is None:
            below = [name for name in ("weights", "temperature") if getattr(self, name) is not None]
            if self.mixture is None or "temperature" in below:
                yield from (((name,), "is used only by a source that has sources") for name in below)
            return
        if self.weights is None:
            yield (), "does not say what the weights of its sources mean; give weights: shares"
        yield from _temperature_fits(self.weights, self.temperature)


Source = Annotated[
    Annotated[Weight, Tag("weight")] | Annotated[MixSource, Tag("source")],
    Discriminator(lambda value: "source" if isinstance(value, dict | MixSource) else "weight"),
]
"""A number: the weight of a dataset whose path is given by --set, or that is in the folder of --root. A map: a source with more
keys."""

Epoch = Annotated[
    Annotated[Literal["all_seen", "no_repeats"], Tag("rule")]
    | Annotated[int, Field(ge=1), Tag("samples")]
    | Annotated[WholeSource, Tag("source")],
    Discriminator(
        lambda value: (
            "source"
            if isinstance(value, dict | WholeSource)
            else "samples"
            if isinstance(value, int)
            else "rule"
        )
    ),
]


class MixtureSpec(Strict):
    """Datasets and their weights."""

    name: Name
    """The name by which the mixture is selected."""
    source: Line | None = None
    """The project whose mixture it is, and the file from which it was taken."""
    weights: Weights | None
    """The meaning of the weights. shares: a source's part of all samples. times_steps: the part is the weight times the number of
    the source's samples. sizes: the number of the source's samples in an epoch. null where it is not established."""
    temperature: Temperature | None = None
    """With times_steps: each part is raised to the power of 1/temperature. At 1 parts do not change; higher temperatures make
    them more even (T5, Raffel et al. 2020, section 3.5.2; its limit of sizes is `cap`)."""
    epoch: Epoch = "all_seen"
    """The end of an epoch. all_seen: every sample has come at least once (as Octo and OpenVLA count). no_repeats: one source has
    no unseen samples left. {source: NAME}: every sample of this source has come. A number: after this number of samples."""
    window: Annotated[int, Field(ge=1, le=LARGEST_WINDOW)] = 64
    """The number of samples of a window: each source's number in each window is exact to within one sample, and so it is in
    batches of a multiple of the window."""
    sources: FrozenMap[Name, Source]
    """Source -> its weight, or a map with more keys."""
    left_out: FrozenMap[Name, Line] | None = None
    """Dataset that a reader may look for -> the reason why it is missing."""
    quirks: Many[Line] = ()
    """Facts to know before using the mixture."""

    @check
    def _left_out_is_left_out(self) -> Iterator[Problem]:
        for name in self.left_out or ():
            if name in self.sources:
                yield ("left_out", name), "is among the sources"

    @check
    def _temperature_fits(self) -> Iterator[Problem]:
        yield from _temperature_fits(self.weights, self.temperature)

    @check
    def _epoch_fits(self) -> Iterator[Problem]:
        if self.weights == "sizes" and self.epoch != "all_seen":
            yield (
                ("epoch",),
                "is not used with weights: sizes, which give the length of the epoch; leave it out",
            )

    def datasets(self) -> Iterator[str]:
        """Yield the names of its datasets, also of sources within sources. A mixture that is given by its name is not opened."""
        yield from _datasets(self.sources)


def _temperature_fits(weights: Weights | None, temperature: float | None) -> Iterator[Problem]:
    if temperature is not None and weights != "times_steps":
        yield ("temperature",), "is used with weights: times_steps only"


def _datasets(sources: FrozenMap[str, Source]) -> Iterator[str]:
    for name, source in sources.items():
        if isinstance(source, MixSource) and source.sources is not None:
            yield from _datasets(source.sources)
        elif not isinstance(source, MixSource) or source.mixture is None:
            yield name


MixSource.model_rebuild()
