"""An observation held against what the model was trained with: what does not fit is an error that says the difference."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata.consumer.policy.observation import Observation
from vladata.errors import ContractMismatch, UsageError
from vladata.language.instructions import normalise
from vladata.spec.recipe import InstructionRule


def check_observations(observations: Any) -> None:
    """Raise UsageError where these are no observations in a list."""
    if isinstance(observations, Observation):
        raise UsageError(
            "one observation is asked for an action by act, several by act_many", got="an Observation"
        )
    for each in observations:
        if not isinstance(each, Observation):
            allowed = "vladata.Observation(images, instruction, state)"
            raise UsageError("this is no observation", got=type(each).__name__, allowed=allowed)


Size = Sequence[int]


def check_images(
    images: Any, cameras: Sequence[str], frames: int, sizes: Mapping[str, Sequence[Size]]
) -> dict[str, np.ndarray]:
    """The pictures of each camera as uint8 [K, height, width, 3].

    sizes: camera -> (height, width) as recorded, and as the model takes it: a picture has the aspect of one of them; of a camera
    without an entry nothing is known. Raises ContractMismatch for other cameras, another number of frames or another aspect,
    UsageError for what is no such picture."""
    if not isinstance(images, Mapping):
        allowed = "a mapping: {" + ", ".join(f'"{camera}": image' for camera in cameras) + "}"
        raise UsageError(
            "the images of an observation are named by cameras", got=type(images).__name__, allowed=allowed
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
    """Raise ContractMismatch where a picture, scaled to the height of none that are known, is as wide, to a pixel."""
    height, width = size
    if not any(abs(width * h / height - w) <= max(1, h / height) for h, w in known):
        told = dict.fromkeys(f"height {h}, width {w}" for h, w in known)
        raise ContractMismatch(
            "a picture has another aspect than those of the data: it would be squeezed as no picture of the training was",
            where=where,
            got=f"height {height}, width {width}",
            allowed=f"{' or '.join(told)}, or the same scaled",
            hint="Make it as the dataset made its pictures (cut, pad or squeeze) before it is asked about.",
        )


def _picture(image: Any, camera: str, frames: int) -> np.ndarray:
    where, found = f"image {camera}", np.asarray(image)
    if found.dtype != np.uint8:
        whole = np.issubdtype(found.dtype, np.floating) and found.size and float(np.nanmax(found)) <= 1
        hint = (
            "These are levels from 0 to 1: give (image * 255).round().astype(numpy.uint8)." if whole else ""
        )
        raise UsageError(
            "a picture is of another type", where=where, got=str(found.dtype), allowed="uint8", hint=hint
        )
    if found.ndim == 3:
        found = found[None]
    if found.ndim != 4 or found.shape[-1] != 3 or 0 in found.shape:
        first = found.ndim == 4 and found.shape[1] == 3
        hint = "The channels come first: give image.transpose(1, 2, 0)." if first else ""
        raise UsageError(
            "a picture has another shape",
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
            hint="Levels from 0 to 1 were cut to whole numbers: give (image * 255).round().astype(numpy.uint8).",
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
"""How many times the width of its range in the data a number of a state may lie outside: degrees for radians and millimetres for
metres do not."""


def check_state(state: Any, names: Sequence[str], statistics: Mapping[str, Any]) -> np.ndarray:
    """The state as float32 [S]. statistics: of the states of the data, as JSON.

    Raises UsageError where there is none or it is not finite, ContractMismatch where it is of another length, or in other
    units."""
    if state is None:
        raise UsageError(
            "the model is told the state, and the observation has none", allowed=", ".join(names)
        )
    try:
        found = np.asarray(state, np.float32)
    except (TypeError, ValueError):
        raise UsageError("the state is no list of numbers", got=state, allowed=", ".join(names)) from None
    if found.shape != (len(names),):
        raise ContractMismatch(
            "the state is another than the model was trained with",
            got=f"shape {list(found.shape)}",
            allowed=f"{len(names)} numbers: {', '.join(names)}",
        )
    if not np.isfinite(found).all():
        raise UsageError("the state is not finite", got=str(found.tolist()))
    for name, value, least, most in zip(
        names, found.tolist(), statistics["min"], statistics["max"], strict=True
    ):
        if most > least and max(least - value, value - most) > BEYOND * (most - least):
            raise ContractMismatch(
                "a number of the state lies far outside those of the data",
                where=f"state {name}",
                got=value,
                allowed=f"{least:g} to {most:g} in the data",
                hint="Give it in the units and the order of the dataset's schema.",
            )
    return found


def check_instruction(instruction: Any, rule: InstructionRule) -> str:
    """The instruction as the recipe has instructions. Raises UsageError where no words are left."""
    if isinstance(instruction, bytes):
        raise UsageError(
            "the instruction is bytes", got=instruction, allowed="text", hint="Give instruction.decode()."
        )
    found = instruction if isinstance(instruction, str) else ""
    text = normalise(found, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)
    if not text.strip():
        raise UsageError("the observation has no instruction", got=instruction, allowed="a text with words")
    return text
