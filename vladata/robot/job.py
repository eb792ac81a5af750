"""All values on which the output of a robot conversion depends, as one value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from vladata.plan.units import Layout
from vladata.sources.readers import open_source
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

CHOSEN = (
    "source",
    "reader",
    "split",
    "limit",
    "measured",
    "chain",
    "every",
    "keep_ranges",
    "errata",
    "annotations",
    "check_pictures",
    "fps",
    "video_codec",
    "language",
)


@dataclass(frozen=True)
class Job:
    """One conversion.

    source, reader: the URL of the dataset's folder, and the name of its reader (vladata/sources/readers.py).
    split, limit:   the split expression as it was given, and the most episodes to take (0: all).
    measured:       the split expression of the statistics; "" for the converted split.
    spec, recipe:   the dataset's schema and the recipe, in full.
    chain:          the name of the action chain in the schema.
    every:          n if only every n-th step is kept; 1 keeps all.
    keep_ranges, errata: SHA-256 of the files that were given; "" for none.
    annotations:    SHA-256 of each annotation table.
    annotated:      the checksum of the used rows in the work folder (annotations/stored.py); "" without tables.
    layout:         name, format, order, seed, memory in bytes, samples per shard.
    statistics:     {"action": ..., "state": ...} of the measured steps that become samples, in the form of Statistics.to_json.
    contract:       the action contract, with its digest.
    clipping:       dimension -> the number of steps whose value is beyond the codec's bounds, of those that become samples.
    check_pictures: True if the index decoded every picture.
    fps:            frames a second, for LeRobot; else 0.
    texts:          the different instructions in the order of their first steps, for LeRobot; else none.
    video_codec, language: as in Settings, for LeRobot; else "".
    plan:           SHA-256 of the plan file, which says which bytes of the source become which shard.
    """

    source: str
    reader: str
    split: str
    limit: int
    measured: str
    spec: DatasetSpec
    recipe: RecipeSpec
    chain: str
    every: int
    keep_ranges: str
    errata: str
    annotations: tuple[str, ...]
    annotated: str
    layout: Layout
    statistics: Mapping[str, Any]
    contract: Mapping[str, Any]
    clipping: Mapping[str, Any]
    plan: str
    check_pictures: bool = False
    fps: float = 0
    texts: tuple[str, ...] = ()
    video_codec: str = ""
    language: str = ""

    def as_json(self) -> dict[str, Any]:
        names = (*CHOSEN, "annotated", "plan", "texts")
        plain = {name: getattr(self, name) for name in names}
        specs = {"spec": self.spec.model_dump(mode="json"), "recipe": self.recipe.model_dump(mode="json")}
        rest = {
            "statistics": self.statistics,
            "contract": self.contract,
            "clipping": self.clipping,
        }
        return {**plain, **specs, "layout": asdict(self.layout), **rest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Job":
        specs = {
            "spec": DatasetSpec.model_validate_json(orjson.dumps(data["spec"])),
            "recipe": RecipeSpec.model_validate_json(orjson.dumps(data["recipe"])),
        }
        layout = Layout(**{**data["layout"], "videos": tuple(data["layout"]["videos"])})
        listed = {name: tuple(data[name]) for name in ("annotations", "texts")}
        return cls(**{**data, **specs, **listed, "layout": layout})

    def open_source(self) -> Source:
        return open_source(self.source, self.reader)
