"""Names of the cameras of a draft, by their fields.

    observation/image, observation/image_side, observation/wrist_image   primary, side, wrist

The camera whose field says primary, or else the first that is not at the hand, is `primary`, the camera that recipes show by
default. Others get the last part of their field's name without words such as image and rgb, and earlier parts if two would be
equal. Cameras at the hand have `wrist` in their name, since augmentations select them by this word.
"""

import re
from collections.abc import Sequence

from vladata.sources.acting import labels

PRIMARY, WRIST = "primary", "wrist"
AT_THE_HAND = ("wrist", "hand", "gripper", "finger")
_PICTURE = re.compile(r"(^|_)(images?|rgb|img|pixels|camera|cam)(?=_|$)")


def is_at_the_hand(field: str) -> bool:
    """Return True if the name of a field says that its camera is at the hand."""
    return any(word in _parts(field)[-1] for word in AT_THE_HAND)


def camera_names(fields: Sequence[str]) -> dict[str, str]:
    """Return a map from camera to field: first the primary camera, then the others in their order, cameras at the hand last."""
    others = [field for field in fields if not is_at_the_hand(field)]
    at_hand = [field for field in fields if is_at_the_hand(field)]
    first = next((field for field in others if _label(field, 1) == PRIMARY), (others or at_hand)[0])
    named = {PRIMARY: first}
    for field in [*others, *at_hand]:
        if field != first:
            named[_free(field, fields, named)] = field
    return named


def _parts(field: str) -> list[str]:
    return re.split(r"[/.]", field.lower())


def _label(field: str, parts: int) -> str:
    """Return the name of a camera made from the last `parts` parts of its field; "" if they give none."""
    (whole,) = labels(["_".join(_parts(field)[-parts:])]) or ("",)
    short = _PICTURE.sub("", whole).strip("_")
    return short if short[:1].isalpha() else whole


def _free(field: str, fields: Sequence[str], taken: dict[str, str]) -> str:
    """Return a name for the camera of `field` that no other camera has."""
    hand = is_at_the_hand(field)
    for parts in range(1, len(_parts(field)) + 1):
        name = _label(field, parts)
        name = WRIST if hand and WRIST not in name else name
        rivals = [other for other in fields if other != field and _label(other, parts) == name]
        if name and name not in taken and not rivals:
            return name
    stem = WRIST if hand else "camera"
    return next(f"{stem}_{n}" for n in range(2, len(fields) + 2) if f"{stem}_{n}" not in taken)
