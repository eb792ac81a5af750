"""Pictures made as in training: first by the conversion's image rule, then by the loader's.

A conversion that resizes pictures stores them as JPEG, so they are encoded here too, and the model sees pictures with the same
losses. If pictures were stored as recorded, only the loader's rule is applied.
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


class ObservationPictures:
    """A maker of the model's pictures from the pictures of observations.

    cameras: the cameras that an observation must hold: the loaded cameras that this dataset has.
    frames:  K, the number of pictures of each camera.
    sizes:   camera -> (height, width) as recorded, and as loaded, for each camera that was recorded in one size."""

    def __init__(self, loaded: LoadedPictures, robot: RobotSource) -> None:
        """Check that such pictures can be made here. loaded: the way in which vladata.load made the pictures of the training.

        Raises ContractMismatch if the loader normalised their levels."""
        if robot.images.get("range", LEVELS) != LEVELS:
            raise ContractMismatch(
                "the model was trained on pictures with normalised levels, which a policy cannot make",
                where=f"dataset {robot.name}",
                got=str(robot.images["range"]),
                allowed=f"levels {LEVELS}",
                hint="Train again without `normalise` in the loading of pictures.",
            )
        own = robot.images.get("cameras", loaded.cameras)
        self.cameras = tuple(camera for camera in loaded.cameras if camera in own)
        self.frames = min(loaded.frames, most_frames(robot.recipe))
        recorded = robot.images.get("recorded", {})
        self.sizes = {name: (size, loaded.size) for name, size in recorded.items() if size is not None}
        self._rule = stored_rule(robot.images, loaded.rule)
        self._picturing = Picturing(loaded.cameras, loaded.frames, loaded.rule, loaded.size)

    def example(self) -> dict[str, np.ndarray]:
        """Return pictures of noise that fit the policy."""
        rng, loaded = np.random.default_rng(0), (self._picturing.shape[-3], self._picturing.shape[-2])
        sizes = {camera: self.sizes.get(camera, (loaded,))[0] for camera in self.cameras}
        return {name: rng.integers(0, 256, (self.frames, *size, 3), np.uint8) for name, size in sizes.items()}

    def batch(
        self, images: Sequence[Mapping[str, np.ndarray]], shown: Sequence[str] | None, frames: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the model's pictures, uint8 [B, K, C, h, w, 3], and bool [B, K, C], True where there is one.

        images: for each observation, camera -> uint8 [K, height, width, 3].
        shown:  the cameras to show; None shows all.
        frames: the number of pictures of each camera to show.
        Raises BadImage for a picture of a wrong size, if the model was trained on one size and no rule resizes."""
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
        if self._rule is None:  # it is decoded again immediately, so it need not be small
            return pixels.png(picture, level=0)
        return encoded(picture, self._rule)


def stored_rule(images: Mapping[str, Any], loading: LoadRule) -> ImageRule | None:
    """Return the rule by which pictures were made before they were stored; None if they were stored as recorded.

    images: the image contract of the loaded pictures (loaders/pictures/image_contract.py).   loading: the loader's rule."""
    made = images.get("made")
    if made is None or not ("loaded" in made or (loading.jpeg is None and made["quality"] is not None)):
        return None
    keys = ["png", "quality"]
    keys += ["size", "fit", "resample", "crop_area"] if made["size"] is not None else []
    keys += ["pad"] if made["size"] is not None and made["fit"] == "pad" else []
    said = {"cameras": "all"} | {key: made[key] for key in keys}
    return ImageRule.model_validate_json(orjson.dumps(said))
