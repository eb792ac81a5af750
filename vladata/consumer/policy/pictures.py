"""Pictures made as in training: by the recipe's rule of conversion, then by the loader's.

A conversion that resizes stores JPEG, so it is made here too: what the model sees went the same way.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vladata.consumer.training.robot_source import LoadedPictures
from vladata.image_rule import encoded
from vladata.loaders.pictures.picturing import Picturing
from vladata.spec.images import ImageRule


class Pictures:
    """Makes the pictures of observations."""

    def __init__(self, loaded: LoadedPictures, rule: ImageRule) -> None:
        """loaded: how vladata.load made them.   rule: of the recipe."""
        self.cameras, self.frames, self._rule = loaded.cameras, loaded.frames, rule
        self._picturing = Picturing(loaded.cameras, loaded.frames, loaded.rule, loaded.size)

    def batch(
        self, images: Sequence[Mapping[str, np.ndarray]], shown: Sequence[str] | None, frames: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """uint8 [B, K, C, h, w, 3] and bool [B, K, C], of pictures uint8 [K, height, width, 3] by camera.

        shown: the cameras that are; None: all.   frames: how many of each; None: all."""
        out = np.zeros((len(images), *self._picturing.shape), np.uint8)
        there = np.zeros((len(images), *self._picturing.shape[:2]), bool)
        for i, of in enumerate(images):
            files = {
                camera if k == 0 else f"{camera}-{k}": encoded(picture, self._rule)
                for camera in (self.cameras if shown is None else shown)
                for k, picture in enumerate(of[camera][:frames])
            }
            self._picturing.into(files, out[i], there[i])
        return out, there
