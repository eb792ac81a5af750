"""MixtureSpec: which datasets are trained on together, and at which weights, `schemas/mixtures/NAME.yaml`.

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

A source is a converted dataset, another mixture by its name, or sources of its own. The mixtures that ship are RT-2's, and
those that other projects publish, under PROJECT-NAME: their datasets go by the names of our schemas; one without a schema
keeps the name that its project uses.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from vladata.spec.keep import Keep
from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, says, says_all

Weights = Literal["shares", "times_steps", "sizes"]
Weight = Annotated[float, Field(ge=1e-12, le=1e12)]
LARGEST_WINDOW = 65_536
Temperature = Annotated[float, Field(ge=0.01)]
"""Below a hundredth everything goes to the largest source, which a mixture says better without the others."""


class WholeSource(Strict):
    """An epoch that ends when one source has been seen whole."""

    source: Line
    """The source, by its path of names: "robot", "web/captions"."""


class MixSource(Strict):
    """One part of a mixture: a converted dataset, or further sources."""

    weight: Weight = 1.0
    """Its weight among its neighbours. Of sources with sizes it is their sum, and may be left out."""
    path: Line | None = None
    """The folder or URL of a converted dataset; `vladata mix --set NAME=PATH` puts another in its place."""
    keep: Keep | None = None
    """Which samples of a converted web corpus are taken: by task, language, size, shape and similarity. What needs more than
    its index (keys, text, duplicates) is said when it is converted."""
    cap: Annotated[int, Field(ge=1)] | None = None
    """The most samples of it that are used."""
    repeats: Annotated[float, Field(ge=1)] | None = None
    """How often a sample may come in an epoch; where the epoch asks for more, that is an error."""
    mixture: Line | None = None
    """Another mixture, by name or path, whose sources stand here. A relative path begins in the folder of this file."""
    weights: Weights | None = None
    """What the weights of its sources mean; those of another mixture where that does not say it, or says sizes, which may be
    taken as shares. sizes only within sizes."""
    temperature: Temperature | None = None
    """As of a mixture."""
    sources: "FrozenMap[Name, Source] | None" = None
    """Sources of its own."""

    @model_validator(mode="after")
    def _one_kind(self) -> "MixSource":
        given = [name for name in ("path", "mixture", "sources") if getattr(self, name) is not None]
        says_all(((name,), f"is not used together with {given[0]}") for name in given[1:])
        if "path" not in given and given:
            own = [name for name in ("keep", "cap", "repeats") if getattr(self, name) is not None]
            says_all(((name,), "is said of a dataset, not of a source that has sources") for name in own)
        if self.sources is None:
            below = [name for name in ("weights", "temperature") if getattr(self, name) is not None]
            if self.mixture is None or "temperature" in below:
                says_all(((name,), "is said of a source that has sources") for name in below)
        else:
            if self.weights is None:
                raise says("does not say what the weights of its sources mean; give weights: shares")
            _fits(self.weights, self.temperature)
        return self


Source = Annotated[
    Annotated[Weight, Tag("weight")] | Annotated[MixSource, Tag("source")],
    Discriminator(lambda value: "source" if isinstance(value, dict | MixSource) else "weight"),
]
"""A number is the weight of a dataset that is named by --set or lies under --root."""

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
    """The name that it is asked for by."""
    source: Line | None = None
    """Whose mixture it is, and where it was read."""
    weights: Weights | None
    """What the weights mean. shares: a source's part of all samples. times_steps: its part once it is multiplied by its samples.
    sizes: how many samples of it an epoch has. Nothing where it is not established."""
    temperature: Temperature | None = None
    """With times_steps: the part is that to the power of 1/temperature. At 1 sources come as large as they are, the higher
    the more evenly (T5, Raffel et al. 2020, section 3.5.2; its limit of sizes is `cap`)."""
    epoch: Epoch = "all_seen"
    """When an epoch ends. all_seen: every sample has come at least once (as Octo and OpenVLA count). no_repeats: the first
    source is used up. source: that one has been seen whole. A number: after so many samples."""
    window: Annotated[int, Field(ge=1, le=LARGEST_WINDOW)] = 64
    """Samples of an aligned window, in each of which the ratio is exact to within a sample. Batches of a multiple of it have
    the ratio too."""
    sources: FrozenMap[Name, Source]
    """Source -> weight, or what there is to say of it."""
    left_out: FrozenMap[Name, Line] | None = None
    """Datasets that a reader may look for, and why they are not there."""
    quirks: Many[Line] = ()
    """What one has to know before using it."""

    @model_validator(mode="after")
    def _left_out_is_left_out(self) -> "MixtureSpec":
        both = [name for name in self.left_out or () if name in self.sources]
        says_all((("left_out", name), "is among the sources") for name in both)
        _fits(self.weights, self.temperature)
        if self.weights == "sizes" and self.epoch != "all_seen":
            says_all([(("epoch",), "with weights: sizes the sizes are the epoch; leave it out")])
        return self

    def datasets(self) -> Iterator[str]:
        """The names of its datasets, those of sources within sources too; mixtures by name are not opened."""
        yield from _datasets(self.sources)


def _fits(weights: Weights | None, temperature: float | None) -> None:
    if temperature is not None and weights != "times_steps":
        says_all([(("temperature",), "is used with weights: times_steps")])


def _datasets(sources: FrozenMap[str, Source]) -> Iterator[str]:
    for name, source in sources.items():
        if isinstance(source, MixSource) and source.sources is not None:
            yield from _datasets(source.sources)
        elif not isinstance(source, MixSource) or source.mixture is None:
            yield name


MixSource.model_rebuild()
