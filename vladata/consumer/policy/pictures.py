"""Pictures made as in training: by the rule of the conversion, then by the loader's.

A conversion that resizes stores JPEG, so it is made here too: what the model sees went the same way. Where pictures were stored
as they were recorded, the loader's rule alone makes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from vladata import pixels
from vladata.consumer.training.robot_source import LoadedPictures, RobotSource
from vladata.errors import ContractMismatch
from vladata.image_rule import encoded
from vladata.loaders.pictures.picturing import Picturing
from vladata.robot.samples import most_frames
from vladata.spec.images import ImageRule
from vladata.spec.loading import LoadRule

LEVELS = [0, 255]


class Pictures:
    """Makes the pictures of observations.

    cameras: those that an observation shows, of those that were loaded the dataset's own.   frames: K of them.
    sizes: camera -> (height, width) as recorded, and as loaded; of those that were recorded in one size."""

    def __init__(self, loaded: LoadedPictures, robot: RobotSource) -> None:
        """loaded: how vladata.load made them.   Raises ContractMismatch for pictures that no observation can be made as."""
        if robot.images.get("range", LEVELS) != LEVELS:
            raise ContractMismatch(
                "the model was trained on pictures whose levels were normalised",
                where=f"dataset {robot.name}",
                got=str(robot.images["range"]),
                allowed=f"levels {LEVELS}: load them without normalise",
            )
        own = robot.images.get("cameras", loaded.cameras)
        self.cameras = tuple(camera for camera in loaded.cameras if camera in own)
        self.frames = min(loaded.frames, most_frames(robot.recipe))
        recorded = robot.images.get("recorded", {})
        self.sizes = {name: (size, loaded.size) for name, size in recorded.items() if size is not None}
        self._rule = stored_rule(robot.images, loaded.rule)
        self._picturing = Picturing(loaded.cameras, loaded.frames, loaded.rule, loaded.size)

    def example(self) -> dict[str, np.ndarray]:
        """Pictures of noise that an observation may show."""
        rng, loaded = np.random.default_rng(0), (self._picturing.shape[-3], self._picturing.shape[-2])
        sizes = {camera: self.sizes.get(camera, (loaded,))[0] for camera in self.cameras}
        return {name: rng.integers(0, 256, (self.frames, *size, 3), np.uint8) for name, size in sizes.items()}

    def batch(
        self, images: Sequence[Mapping[str, np.ndarray]], shown: Sequence[str] | None, frames: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """uint8 [B, K, C, h, w, 3] and bool [B, K, C], of pictures uint8 [K, height, width, 3] by camera.

        shown: the cameras that are; None: all.   frames: how many of each. Raises BadImage for a picture of a wrong size, where
        the model was trained on one size and no rule makes it of others."""
        out = np.zeros((len(images), *self._picturing.shape), np.uint8)
        there = np.zeros((len(images), *self._picturing.shape[:2]), bool)
        cameras = self.cameras if shown is None else [each for each in self.cameras if each in shown]
        for i, of in enumerate(images):
            files = {
                camera if k == 0 else f"{camera}-{k}": self._stored(picture)
                for camera in cameras
                for k, picture in enumerate(of[camera][:frames])
            }
            self._picturing.into(files, out[i], there[i])
        return out, there

    def _stored(self, picture: np.ndarray) -> bytes:
        if self._rule is None:  # read again at once, so it need not be small
            return pixels.png(picture, level=0)
        return encoded(picture, self._rule)


def stored_rule(images: Mapping[str, Any], loading: LoadRule) -> ImageRule | None:
    """The rule by which pictures were made before they were stored; None where they were stored as they were recorded.

    images: the image half of what was loaded (loaders/pictures/image_contract.py).   loading: what loading made of it."""
    made = images.get("made")
    if made is None or not ("loaded" in made or (loading.jpeg is None and made["quality"] is not None)):
        return None
    keys = ["png", "quality"]
    keys += ["size", "fit", "resample", "crop_area"] if made["size"] is not None else []
    keys += ["pad"] if made["size"] is not None and made["fit"] == "pad" else []
    said = {"cameras": "all"} | {key: made[key] for key in keys}
    return ImageRule.model_validate_json(orjson.dumps(said))
