"""What a policy has to know of the data that its model learnt from: each robot dataset, and how pictures were loaded."""

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

    name:       of the source in a mixture; else of the dataset.   dataset: what its samples say.
    contract:   the action contract of its samples, as they were loaded.
    statistics: {action, state}, as JSON.
    schema, recipe: in full: what the robot is, and how its steps became prompts and targets.
    images:     the image half of what was loaded; {} where it was loaded without pictures.
    every:      recorded steps that an action stands for.
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
        """As checkpoint.json has it."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {name: plain[name].model_dump(mode="json") for name in ("schema", "recipe")}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "RobotSource":
        """What to_json gave."""
        schema = DatasetSpec.model_validate_json(orjson.dumps(said["schema"]))
        recipe = RecipeSpec.model_validate_json(orjson.dumps(said["recipe"]))
        return cls(**{**said, "schema": schema, "recipe": recipe})


@dataclass(frozen=True)
class LoadedPictures:
    """How vladata.load made the pictures. rule: of fit and kernel; cameras: in the order of the array.

    size: (height, width) of all of them.   frames: how many of a sample, its own step's first."""

    rule: LoadRule
    size: tuple[int, int]
    cameras: tuple[str, ...]
    frames: int

    def to_json(self) -> dict[str, Any]:
        """As checkpoint.json has it."""
        rule = self.rule.model_dump(mode="json")
        return {"rule": rule, "size": self.size, "cameras": self.cameras, "frames": self.frames}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "LoadedPictures":
        """What to_json gave."""
        rule = LoadRule.model_validate_json(orjson.dumps(said["rule"]))
        return cls(rule, (said["size"][0], said["size"][1]), tuple(said["cameras"]), said["frames"])


def robot_sources(samples: Samples, loader: Loader) -> Iterator[RobotSource]:
    """The robot datasets in an output, as a loader gives their samples.

    Raises UsageError for a mixture of materialised mixtures, which does not say how its samples were made."""
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
    """How a loader makes pictures; None where it loads none."""
    made = loader.making.pictures
    return None if made is None else LoadedPictures(made.rule, made.size, made.cameras, made.frames)
