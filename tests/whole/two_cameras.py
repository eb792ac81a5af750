"""A small RLDS dataset of odd kinds, for outputs of whole episodes: two cameras of different sizes (JPEG and PNG), an instruction
that changes within an episode and is not ASCII, rewards and discounts, metadata of several types."""

import io
from pathlib import Path

import numpy as np
import orjson

from tests.rlds_data import jpeg, tfds, write
from vladata import pixels
from vladata.spec.dataset import DatasetSpec

TEXTS = ("将苹果放进碗里", "poser la pomme à côté", "")
LENGTHS = (6, 4, 9)


def written(folder: Path, empty_at: tuple[tuple[int, int], ...] = (), lacks: int | None = None) -> Path:
    """The version folder. empty_at: (episode, step) without words; lacks: the episode whose wrist camera recorded nothing."""

    def episodes():
        for e, count in enumerate(LENGTHS):
            rng = np.random.default_rng(e)
            steps = [
                {
                    "observation": {
                        "image": io.BytesIO(jpeg(rng, 48)),
                        "wrist": io.BytesIO(b"" if lacks == e else _png(rng)),
                        "state": rng.normal(size=3).astype(np.float32),
                    },
                    "action": rng.normal(size=4).astype(np.float64),
                    "language_instruction": TEXTS[2 if (e, t) in empty_at else t * 2 // count],
                    "is_first": t == 0,
                    "is_last": t == count - 1,
                    "is_terminal": t == count - 1 and e != 1,
                    "reward": np.float32(t + 1),
                    "discount": np.float32(0.5),
                }
                for t in range(count)
            ]
            about = {"file_path": f"/daten/übung {e}.h5", "number": e, "score": 0.25 * e, "goal": [1.0, 2.0]}
            yield {"steps": steps, "episode_metadata": about}

    return write(folder, "two_cameras", _features, {"train": episodes, "val": episodes}, num_shards=2)


def _png(rng: np.random.Generator) -> bytes:
    return pixels.png(rng.integers(0, 255, (20, 30, 3), np.uint8))


def _features():
    f = tfds().features
    return f.FeaturesDict(
        {
            "steps": f.Dataset(
                {
                    "observation": {
                        "image": f.Image(shape=(48, 48, 3), encoding_format="jpeg"),
                        "wrist": f.Image(shape=(20, 30, 3), encoding_format="png"),
                        "state": f.Tensor(shape=(3,), dtype=np.float32),
                    },
                    "action": f.Tensor(shape=(4,), dtype=np.float64),
                    "language_instruction": f.Text(),
                    **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
                    **{name: f.Scalar(dtype=np.float32) for name in ("reward", "discount")},
                }
            ),
            "episode_metadata": {
                "file_path": f.Text(),
                "number": f.Scalar(dtype=np.int32),
                "score": f.Scalar(dtype=np.float32),
                "goal": f.Tensor(shape=(2,), dtype=np.float32),
            },
        }
    )


def schema(**changes: object) -> DatasetSpec:
    """Its schema: the action as it was recorded."""
    return DatasetSpec.model_validate_json(
        orjson.dumps(
            {
                "name": "two_cameras",
                "robot": "none",
                "control_frequency_hz": 10,
                "cameras": {"primary": "observation/image", "wrist": "observation/wrist"},
                "language": {"path": "language_instruction"},
                "state": {"of": ["observation/state"], "encoding": "pos", "names": ["x", "y", "z"]},
                "actions": {
                    "default": "recorded",
                    "chains": {
                        "recorded": {
                            "gripper": "open_absolute",
                            "names": ["dx", "dy", "dz", "gripper"],
                            "operations": [{"op": "concat", "of": ["action"]}],
                        }
                    },
                },
                "terminate": {"path": "is_terminal", "form": "flag"},
                **changes,
            }
        )
    )
