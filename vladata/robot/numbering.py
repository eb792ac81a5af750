"""The numbers that LeRobot counts through a whole dataset, and other needs of its frames.

They are known before a unit begins, so that units can be written in any order.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from vladata.errors import UsageError
from vladata.language.instructions import normalise
from vladata.robot.picturing import cameras
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, frequency

COLUMNS = ("instructions", "spoken", "numbers")
IMAGES = "observation.images."


def video_keys(settings: Settings) -> tuple[str, ...]:
    """Return the keys of the videos of an output; none if its pictures are in Parquet files."""
    if settings.pictures != "video":
        return ()
    return tuple(IMAGES + name for name in cameras(settings.spec, settings.recipe))


def for_lerobot(settings: Settings, sources: Sources) -> dict[str, Any]:
    """Return the fields of a Job that only LeRobot has. Raises UsageError for data that its format cannot hold."""
    splits = list(dict.fromkeys(shard.split for shard in sources.shards))
    if len(splits) > 1:
        raise UsageError(
            "a LeRobot dataset can have only one split",
            got=", ".join(splits),
            allowed="one",
            hint="Convert each into a folder of its own: --split train, --split val.",
        )
    return {"fps": _fps(settings, sources), "texts": tuple(_texts(settings, sources))}


def _fps(settings: Settings, sources: Sources) -> float:
    found = settings.fps or frequency(settings.spec, sources.gap)
    if not found:
        raise UsageError(
            "LeRobot needs a fixed number of frames per second, but the schema does not give it",
            where=f"schema {settings.spec.name}, control_frequency_hz",
            hint="Give it: --fps N.",
        )
    return float(found)


def _texts(settings: Settings, sources: Sources) -> Iterator[str]:
    """Yield the instructions of the steps that are taken, each once, in the order in which they first come."""
    rule, seen = settings.recipe.instruction, set()
    for part in sources.taken(COLUMNS):
        for text in _spoken(part):
            made = normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)
            if made not in seen:
                seen.add(made)
                yield made


def _spoken(part: pa.Table) -> Iterator[str]:
    listed = (part[name].to_pylist() for name in ("instructions", "spoken", "corrected"))
    for own, spoken, corrected in zip(*listed, strict=True):
        if spoken and corrected:
            yield corrected
        else:
            yield from (own[i] for i in dict.fromkeys(spoken))
