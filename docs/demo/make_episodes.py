"""Write a small robot dataset in RLDS, as Open X-Embodiment datasets are written: with TFDS's own writer.

    python -m docs.demo.make_episodes out/demo/rlds [--episodes 40] [--seed 0]

Result: OUT/tabletop/1.0.0 with the splits `train` (nine of ten episodes) and `val`. The episodes are scripted: a simulated arm
picks, pushes or stacks blocks at 5 Hz. Each has two cameras and an instruction. The pictures are drawn, but the numbers are
consistent: the action of a step is exactly the difference to the next state.
"""

import argparse
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from docs.demo.motion import take
from docs.demo.picture import TEXELS, draw, front_camera, table, wrist_camera
from docs.demo.solids import table_texture

FRONT, WRIST = 256, 128  # pixels along each side
NAME, VERSION = "tabletop", "1.0.0"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path, help="folder that will hold tabletop/1.0.0")
    parser.add_argument("--episodes", type=int, default=40, help="10 or more")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    folder = options.out / NAME / VERSION
    if options.episodes < 10:
        parser.error("fewer than 10 episodes leave no validation split")
    if folder.exists():
        parser.error(f"{folder} is there already; remove it first")
    write(options.out, options.episodes, options.seed)
    print(f"{folder}: {options.episodes} episodes")


def write(out: Path, count: int, seed: int) -> None:
    """Write the dataset under `out`: every tenth episode goes to `val`, the others to `train`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    val = [number for number in range(count) if number % 10 == 9]
    train = [number for number in range(count) if number % 10 != 9]
    with _quietly():
        import tensorflow_datasets as tfds

        tfds.disable_progress_bar()
        tfds.dataset_builders.store_as_tfds_dataset(
            name=NAME,
            version=VERSION,
            features=_features(tfds.features),
            split_datasets={"train": _examples(seed, train), "val": _examples(seed, val)},
            data_dir=out,
            description="Scripted pick, push and stack episodes of a simulated arm over a table with coloured blocks.",
            download_config=tfds.download.DownloadConfig(
                num_shards=min(4, count // 10), try_download_gcs=False
            ),
        )


@contextmanager
def _quietly() -> Iterator[None]:
    """Hold back the output of this process, and show it only if the block fails: TensorFlow and TFDS print too much."""
    with tempfile.TemporaryFile() as kept:
        shown = [os.dup(1), os.dup(2)]
        for stream in (1, 2):
            os.dup2(kept.fileno(), stream)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(shown[1], kept.read())
            raise
        finally:
            for stream, old in enumerate(shown, 1):
                os.dup2(old, stream)
                os.close(old)


def _features(features: Any) -> Any:
    """Return the features of a step. State and action: metres, radians, and the gripper from 0 (closed) to 1 (open)."""

    def image(size: int) -> Any:
        return features.Image(shape=(size, size, 3), dtype=np.uint8, encoding_format="jpeg")

    def scalar(dtype: type) -> Any:
        return features.Scalar(dtype=dtype)

    observation = {
        "image": image(FRONT),
        "wrist_image": image(WRIST),
        "state": features.Tensor(shape=(7,), dtype=np.float32, doc="x y z roll pitch yaw opening"),
    }
    step = {
        "observation": observation,
        "action": features.Tensor(shape=(7,), dtype=np.float32, doc="dx dy dz droll dpitch dyaw gripper"),
        "language_instruction": features.Text(),
        "is_first": scalar(np.bool_),
        "is_last": scalar(np.bool_),
        "is_terminal": scalar(np.bool_),
        "reward": scalar(np.float32),
        "discount": scalar(np.float32),
    }
    metadata = {"episode_id": scalar(np.int32)}
    return features.FeaturesDict({"steps": features.Dataset(step), "episode_metadata": metadata})


def _examples(seed: int, numbers: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number in numbers:
        yield number, {"steps": episode(seed, number), "episode_metadata": {"episode_id": number}}


def episode(seed: int, number: int) -> list[dict[str, Any]]:
    """Return the steps of episode `number`, as TFDS takes them; images are JPEG files."""
    shot = take(seed, number)
    states, actions, last = shot.states(), shot.actions(), len(shot.scenes) - 1
    return [
        {
            "observation": {"image": io.BytesIO(front), "wrist_image": io.BytesIO(wrist), "state": states[t]},
            "action": actions[t],
            "language_instruction": shot.instruction,
            "is_first": t == 0,
            "is_last": t == last,
            "is_terminal": t == last,
            "reward": np.float32(t == last),
            "discount": np.float32(1),
        }
        for t, (front, wrist) in enumerate(_pictures(seed, number))
    ]


def _pictures(seed: int, number: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the JPEG files of both cameras, step by step. Table and lamp are different in each episode."""
    rng = np.random.default_rng([seed, number, 1])
    texture = table_texture(rng, TEXELS)
    lamp = np.array([rng.uniform(-0.5, 0.1), rng.uniform(0.1, 0.6), 1.0])
    lamp /= np.linalg.norm(lamp)
    front = front_camera(FRONT)
    ground = table(front, texture)
    for scene in take(seed, number).scenes:
        wrist = wrist_camera(scene, WRIST)
        yield (
            _jpeg(draw(scene, front, ground, lamp, rng)),
            _jpeg(draw(scene, wrist, table(wrist, texture), lamp, rng)),
        )


def _jpeg(picture: np.ndarray) -> bytes:
    data: bytes = simplejpeg.encode_jpeg(picture, quality=90, colorspace="RGB", colorsubsampling="420")
    return data


if __name__ == "__main__":
    main()
