"""Facts that a policy needs about the data that its model learnt from: each robot dataset, and how pictures were loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vladata.loaders.loader import Loader
from vladata.loaders.rendering.stored import StoredRobot, stored_in
from vladata.shards.sequence import Samples
from vladata.spec.dataset import DatasetSpec
from vladata.spec.loading import LoadRule
from vladata.spec.recipe import RecipeSpec


@dataclass(frozen=True)
class RobotSource:
    """A robot dataset that a model learnt from.

    name:       the name of the source in a mixture, else of the dataset.
    dataset:    the name of the dataset in its samples.
    contract:   the action contract of its samples, as they were loaded.
    statistics: {action, state}, as JSON.
    schema:     the description of the robot, in full.
    recipe:     the rule by which its steps became prompts and targets, in full.
    images:     the image contract of the loaded pictures; {} if it was loaded without pictures.
    every:      the number of recorded steps for which one action stands.
    """

    name: str
    dataset: str
    contract: Mapping[str, Any]
    statistics: Mapping[str, Any]
    schema: DatasetSpec
    recipe: RecipeSpec
    images: Mapping[str, Any]
    every: int

    def to_json(self) -> dict[str, Any]:
        """Return the source as checkpoint.json stores it."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {name: plain[name].model_dump(mode="json") for name in ("schema", "recipe")}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "RobotSource":
        """Return the source from the result of to_json."""
        schema = DatasetSpec.model_validate_json(orjson.dumps(said["schema"]))
        recipe = RecipeSpec.model_validate_json(orjson.dumps(said["recipe"]))
        return cls(**{**said, "schema": schema, "recipe": recipe})


@dataclass(frozen=True)
class LoadedPictures:
    """The way in which vladata.load made the pictures.

    rule:    fit and kernel.
    size:    (height, width) of all pictures.
    cameras: their names, in the order of the array.
    frames:  the number of frames of a sample; the frame of its own step comes first."""

    rule: LoadRule
    size: tuple[int, int]
    cameras: tuple[str, ...]
    frames: int

    def to_json(self) -> dict[str, Any]:
        """Return the settings as checkpoint.json stores them."""
        rule = self.rule.model_dump(mode="json")
        return {"rule": rule, "size": self.size, "cameras": self.cameras, "frames": self.frames}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "LoadedPictures":
        """Return the settings from the result of to_json."""
        rule = LoadRule.model_validate_json(orjson.dumps(said["rule"]))
        return cls(rule, (said["size"][0], said["size"][1]), tuple(said["cameras"]), said["frames"])


def robot_sources(samples: Samples, loader: Loader) -> Iterator[RobotSource]:
    """Yield the robot datasets in an output, described as the loader returns their samples.

    Raises UsageError for a mixture of materialised mixtures, which does not record how its samples were made."""
    again = loader.making.rerender
    for source in stored_in(samples):
        if not isinstance(source, StoredRobot):
            continue
        recipe, contract, statistics = source.recipe, source.contract, source.statistics
        if again is not None and source.name in again.recipes:
            recipe, digest = again.recipes[source.name]
            contract = again.contracts[digest]
        images = loader.image_contracts.get(source.contract["digest"], {})
        yield RobotSource(
            source.name, source.dataset, contract, statistics, source.spec, recipe, images, source.every
        )


def loaded_pictures(loader: Loader) -> LoadedPictures | None:
    """Return the way in which a loader makes pictures; None if it loads no pictures."""
    made = loader.making.pictures
    return None if made is None else LoadedPictures(made.rule, made.size, made.cameras, made.frames)
