"""The parts of a job that only LeRobot needs: frames a second, and the numbers of tasks and videos in the whole dataset.

They are known before any unit begins, so that units can be written in any order.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from vladata.errors import UsageError
from vladata.language.instructions import normalise
from vladata.robot.picturing import cameras
from vladata.robot.settings import Settings
from vladata.robot.sources import Sources, frequency
from vladata.shards.episodes.language import spoken
from vladata.shards.episodes.stretch import NOTES, PLAN
from vladata.shards.naming import IMAGES

COLUMNS = ("instructions", "spoken", "numbers")


def video_keys(settings: Settings) -> tuple[str, ...]:
    """Return the keys of the videos of an output; none if its pictures are in Parquet files."""
    if settings.pictures != "video":
        return ()
    return tuple(IMAGES + name for name in cameras(settings.spec, settings.recipe))


def for_lerobot(settings: Settings, sources: Sources) -> dict[str, Any]:
    """Return the fields of a Job that only LeRobot has. Raises UsageError if the frames a second are not known."""
    codec = settings.video_codec if settings.pictures == "video" else ""
    return {
        "fps": _fps(settings, sources),
        "texts": tuple(_texts(settings, sources)),
        "video_codec": codec,
        "language": settings.language,
    }


def language_remark(settings: Settings, notes: Sequence[str]) -> list[str]:
    """Return a remark if the output has language columns. notes: the names of the fields of annotation tables."""
    planned = [PLAN] if settings.spec.language.plan is not None else []
    names = spoken([*planned, *(NOTES + name for name in notes)], cameras(settings.spec, settings.recipe))
    if settings.format != "lerobot" or settings.language != "rows" or not names:
        return []
    told = ", ".join(sorted(name.removeprefix(NOTES) for name in names))
    return [
        f"Language columns are written for {told}: lerobot 0.6.0 and newer loads them. For older versions: --language text."
    ]


def _fps(settings: Settings, sources: Sources) -> float:
    found = settings.fps or frequency(settings.spec, sources.gap)
    if not found:
        raise UsageError(
            "LeRobot wants a fixed number of frames a second, and the schema does not say it",
            where=f"schema {settings.spec.name}, control_frequency_hz",
            hint="Give it: --fps N.",
        )
    return float(found)


def _texts(settings: Settings, sources: Sources) -> Iterator[str]:
    """Yield the different instructions of the taken steps, in the order of their first steps."""
    rule, seen = settings.recipe.instruction, set()
    for part in sources.taken(COLUMNS):
        for text in _spoken(part):
            made = normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)
            if made not in seen:
                seen.add(made)
                yield made


def _spoken(part: pa.Table) -> Iterator[str]:
    listed = (part[name].to_pylist() for name in ("instructions", "spoken", "corrected"))
    for own, taken, corrected in zip(*listed, strict=True):
        if taken and corrected:
            yield corrected
        else:
            yield from (own[i] for i in dict.fromkeys(taken))
