"""A place that a prompt names, drawn on its pictures as a fourth channel.

This is the object mask of MOO (Stone et al. 2023, "Open-World Object Manipulation using Pre-trained Vision-Language Models"): a
policy gets the answer of a detector as a channel of its image, not as words.
"""

from collections.abc import Sequence

import numpy as np

from vladata.consumer.models.tiny.words import Token

LAST = 255  # largest coordinate of a place
RADIUS = 1 / 16  # radius of the disc, as a share of the picture's side


def place_of(tokens: Sequence[Token]) -> tuple[list[Token], tuple[int, int] | None]:
    """Return the tokens without the first two numbers of 0..255, and these as (x, y); None if there are fewer than two."""
    at = [i for i, token in enumerate(tokens) if _is_number(token.name)][:2]
    if len(at) < 2:
        return list(tokens), None
    x, y = (int(tokens[i].name) for i in at)
    return [token for i, token in enumerate(tokens) if i not in at], (x, y)


def marked(images: np.ndarray, places: Sequence[tuple[int, int] | None]) -> np.ndarray:
    """Return pictures with a fourth channel, uint8 [B, P, h, w, 4]: 255 on a disc around the sample's place, 0 elsewhere.

    images: uint8 [B, P, h, w, 3].
    places: (x, y) of each sample; 0..255 spans the width and the height. None for a sample without a place.
    """
    height, width = images.shape[2:4]
    out = np.zeros((*images.shape[:4], 4), np.uint8)
    out[..., :3] = images
    y, x = np.mgrid[:height, :width] + 0.5  # the middles of pixels
    for row, place in zip(out, places, strict=True):
        if place is not None:
            far = (x / width - place[0] / LAST) ** 2 + (y / height - place[1] / LAST) ** 2
            row[..., 3] = 255 * (far <= RADIUS**2)
    return out


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and int(name) <= LAST and name == str(int(name))
