"""Checks of an observation against the data of the training. The error for one that does not fit says the difference."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.errors import ContractMismatch, UsageError
from vladata.language.instructions import normalise
from vladata.spec.recipe import InstructionRule


def check_observations(observations: Any) -> None:
    """Raise UsageError for anything but a list of observations."""
    if isinstance(observations, Observation):
        raise UsageError(
            "act_many takes a list of observations; for a single one call act", got="an Observation"
        )
    for each in observations:
        if not isinstance(each, Observation):
            allowed = "vladata.Observation(images, instruction, state)"
            raise UsageError("expected an observation", got=type(each).__name__, allowed=allowed)


Size = Sequence[int]


def check_images(
    images: Any, cameras: Sequence[str], frames: int, sizes: Mapping[str, Sequence[Size]]
) -> dict[str, np.ndarray]:
    """Check the pictures, and return those of each camera as uint8 [K, height, width, 3].

    cameras: the cameras that must be there.   frames: K, the number of pictures of each.
    sizes: camera -> (height, width) as recorded, and as the model takes it. A picture must have the aspect ratio of one of these
    sizes; a camera without an entry may have any. Raises ContractMismatch for other cameras, another number of frames or another
    aspect ratio, UsageError for a value that is not a picture."""
    if not isinstance(images, Mapping):
        allowed = "a mapping: {" + ", ".join(f'"{camera}": image' for camera in cameras) + "}"
        raise UsageError(
            "the images of an observation must be a mapping from camera to picture",
            got=type(images).__name__,
            allowed=allowed,
        )
    if set(images) != set(cameras):
        raise ContractMismatch(
            "the observation has other cameras than the model was trained with",
            got=", ".join(sorted(map(str, images))) or "none",
            allowed=", ".join(cameras) or "none",
        )
    found = {camera: _picture(images[camera], camera, frames) for camera in cameras}
    for camera, pictures in found.items():
        if camera in sizes:
            _check_aspect(pictures.shape[1:3], sizes[camera], f"image {camera}")
    return found


def _check_aspect(size: Size, known: Sequence[Size], where: str) -> None:
    """Raise ContractMismatch unless a picture has the aspect ratio of a known size, to within a pixel."""
    height, width = size
    if not any(abs(width * h / height - w) <= max(1, h / height) for h, w in known):
        told = dict.fromkeys(f"height {h}, width {w}" for h, w in known)
        raise ContractMismatch(
            "a picture has another aspect than the pictures of the data, so it would be squeezed as none in the training was",
            where=where,
            got=f"height {height}, width {width}",
            allowed=f"{' or '.join(told)}, or a multiple of it",
            hint="Cut, pad or squeeze the picture as the dataset did with its pictures.",
        )


def _picture(image: Any, camera: str, frames: int) -> np.ndarray:
    where, found = f"image {camera}", np.asarray(image)
    if found.dtype != np.uint8:
        whole = np.issubdtype(found.dtype, np.floating) and found.size and float(np.nanmax(found)) <= 1
        hint = "Its levels are from 0 to 1: give (image * 255).round().astype(numpy.uint8)." if whole else ""
        raise UsageError(
            "a picture has a wrong dtype", where=where, got=str(found.dtype), allowed="uint8", hint=hint
        )
    if found.ndim == 3:
        found = found[None]
    if found.ndim != 4 or found.shape[-1] != 3 or 0 in found.shape:
        first = found.ndim == 4 and found.shape[1] == 3
        hint = "Its channels come first: give image.transpose(1, 2, 0)." if first else ""
        raise UsageError(
            "a picture has a wrong shape",
            where=where,
            got=str(list(np.shape(image))),
            allowed="[height, width, 3], or [K, height, width, 3] with a history",
            hint=hint,
        )
    if found.max() <= 1:
        raise UsageError(
            "a picture is black: it has no level above 1",
            where=where,
            allowed="levels from 0 to 255",
            hint="Levels from 0 to 1 may have been cut to whole numbers: give (image * 255).round().astype(numpy.uint8).",
        )
    if len(found) != frames:
        raise ContractMismatch(
            "the observation has another number of frames than the model was trained with",
            where=where,
            got=len(found),
            allowed=f"{frames}, the step's own first",
        )
    return found


BEYOND = 5
"""A number of the state may be outside its range in the data by this many times the width of the range.

Degrees instead of radians, and millimetres instead of metres, are further outside."""


def check_state(state: Any, names: Sequence[str], statistics: Mapping[str, Any]) -> np.ndarray:
    """Check the state, and return it as float32 [S]. names: its S dimensions.   statistics: those of the data's states, as JSON.

    Raises UsageError if it is missing or not finite, ContractMismatch if it has another length or seems to be in other
    units."""
    if state is None:
        raise UsageError(
            "the model needs the robot's state, but the observation has none", allowed=", ".join(names)
        )
    try:
        found = np.asarray(state, np.float32)
    except (TypeError, ValueError):
        raise UsageError("the state must be a list of numbers", got=state, allowed=", ".join(names)) from None
    if found.shape != (len(names),):
        raise ContractMismatch(
            "the state has another length than the model was trained with",
            got=f"shape {list(found.shape)}",
            allowed=f"{len(names)} numbers: {', '.join(names)}",
        )
    if not np.isfinite(found).all():
        raise UsageError("the state must be finite numbers", got=str(found.tolist()))
    for name, value, least, most in zip(
        names, found.tolist(), statistics["min"], statistics["max"], strict=True
    ):
        if most > least and max(least - value, value - most) > BEYOND * (most - least):
            raise ContractMismatch(
                "a number of the state lies far outside its range in the data",
                where=f"state {name}",
                got=value,
                allowed=f"{least:g} to {most:g} in the data",
                hint="Give the state in the units and the order of the dataset's schema.",
            )
    return found


def check_instruction(instruction: Any, rule: InstructionRule) -> str:
    """Return the instruction as the recipe's instruction rule changes it. Raises UsageError if no words are left."""
    if isinstance(instruction, bytes):
        raise UsageError(
            "the instruction must be a text, not bytes",
            got=instruction,
            allowed="text",
            hint="Give instruction.decode().",
        )
    found = instruction if isinstance(instruction, str) else ""
    text = normalise(found, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)
    if not text.strip():
        raise UsageError("the observation has no instruction", got=instruction, allowed="a text with words")
    return text
