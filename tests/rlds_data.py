"""Small RLDS datasets for the tests, written by TFDS's own writer.

    write_bridge_like(folder, ...)      bridge_dataset's feature structure, 64x64 JPEGs, faults on request
    write(folder, name, features, ...)  any other dataset (rlds_features.py has one that uses every feature)

Rule: equal calls give equal bytes: all values are drawn from `seed` and the episode's number, and JPEGs are encoded once
(libjpeg-turbo) and given to TFDS as encoded bytes. Records are in the order of the episodes; with `shuffled`, in TFDS's usual
order (by a hash of the key). Both return the version folder, FOLDER/NAME/1.0.0. TFDS refuses to write a split with fewer records
than files.
"""

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CAMERAS = ("image_0", "image_1", "image_2", "image_3")
VERBS = ("pick up", "push", "move", "place", "open", "close")
COLOURS = ("red", "green", "blue", "yellow")
THINGS = ("block", "mug", "drawer", "sponge", "spoon", "bowl")
NOT_AN_IMAGE = b"these bytes are no image"
NOT_UTF8 = b"pick \xff\xfe up"

Step = tuple[int, int]
"""Number of the episode in split "train", number of the step in it, both from 0."""


@dataclass(frozen=True)
class Faults:
    """What is wrong in split "train", and where. Images are those of image_0.

    nan_actions:        steps whose action holds a NaN (dimension 2).
    empty_instructions: steps whose instruction is "".
    bad_utf8:           steps whose instruction is NOT_UTF8.
    not_images:         steps whose image is NOT_AN_IMAGE.
    images:             step -> the bytes that are stored in place of its image.
    zero_steps:         episodes without steps.
    """

    nan_actions: Collection[Step] = ()
    empty_instructions: Collection[Step] = ()
    bad_utf8: Collection[Step] = ()
    not_images: Collection[Step] = ()
    images: Mapping[Step, bytes] = field(default_factory=dict)
    zero_steps: Collection[int] = ()


def write_bridge_like(
    folder: str | Path,
    episodes: int = 4,
    steps: int | Sequence[int] = 6,
    *,
    name: str = "bridge_dataset",
    val_episodes: int = 0,
    num_shards: int = 1,
    seed: int = 0,
    faults: Faults | None = None,
    language_embedding: bool = False,
    size: int = 64,
    file_format: str = "tfrecord",
    shuffled: bool = False,
) -> Path:
    """A dataset that has bridge_dataset's features; `steps` is the length of each episode, or a cycle of lengths.

    As in the real one, the first action of an episode is all zeros and the gripper (dimension 6) is 0 or 1, 1 = open.
    The instruction is that of the whole episode. With `num_shards` every split has that many files.
    """
    lengths = (steps,) if isinstance(steps, int) else tuple(steps)
    faults = faults or Faults()

    def train() -> Iterator[dict[str, Any]]:
        for e in range(episodes):
            count = 0 if e in faults.zero_steps else lengths[e % len(lengths)]
            yield bridge_episode(seed, e, count, faults, language_embedding, size)

    def val() -> Iterator[dict[str, Any]]:
        for e in range(val_episodes):
            yield bridge_episode(seed + 1, e, lengths[e % len(lengths)], Faults(), language_embedding, size)

    splits: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {"train": train}
    if val_episodes:
        splits["val"] = val
    return write(
        folder,
        name,
        lambda: _bridge_features(language_embedding, size),
        splits,
        num_shards,
        file_format,
        shuffled,
    )


def bridge_episode(
    seed: int, number: int, count: int, faults: Faults, language_embedding: bool, size: int
) -> dict[str, Any]:
    """Episode `number` as TFDS's writer takes it; `count` steps."""
    rng = np.random.default_rng([seed, number])
    text = f"{rng.choice(VERBS)} the {rng.choice(COLOURS)} {rng.choice(THINGS)}"
    embedding = rng.normal(0, 0.05, 512).astype(np.float32)
    state, steps = rng.normal(0, 0.3, 7), []
    for t in range(count):
        action = np.append(np.clip(rng.normal(0, 0.02, 6), -1, 1), float(t <= count // 2)).astype(np.float32)
        if t == 0:
            action[:] = 0
        state = np.append(state[:6] + action[:6], action[6])
        step = {
            "observation": {c: io.BytesIO(jpeg(rng, size)) for c in CAMERAS},
            "action": action,
            "language_instruction": text,
            "is_first": t == 0,
            "is_last": t == count - 1,
            "is_terminal": t == count - 1,
            "reward": np.float32(t == count - 1),
            "discount": np.float32(1),
        }
        step["observation"]["state"] = state.astype(np.float32)
        if language_embedding:
            step["language_embedding"] = embedding
        steps.append(_with_faults(step, faults, (number, t)))
    metadata = {f"has_{c}": True for c in CAMERAS}
    metadata |= {"has_language": True, "file_path": f"/data/episode_{number:04d}.npy", "episode_id": number}
    return {"steps": steps, "episode_metadata": metadata}


def _with_faults(step: dict[str, Any], faults: Faults, at: Step) -> dict[str, Any]:
    if at in faults.nan_actions:
        step["action"] = step["action"].copy()
        step["action"][2] = np.nan
    if at in faults.empty_instructions:
        step["language_instruction"] = ""
    if at in faults.bad_utf8:
        step["language_instruction"] = NOT_UTF8
    if at in faults.not_images:
        step["observation"]["image_0"] = io.BytesIO(NOT_AN_IMAGE)
    if at in faults.images:
        step["observation"]["image_0"] = io.BytesIO(faults.images[at])
    return step


def jpeg(rng: np.random.Generator, size: int = 64, quality: int = 90) -> bytes:
    """A smooth random picture, size x size, as a 4:2:0 JPEG."""
    y, x = np.mgrid[0:size, 0:size] / size
    waves = [127 + 90 * np.sin(a * x * 6 + b * y * 6 + c) for a, b, c in rng.uniform(0.2, 1.5, (3, 3))]
    pixels = np.stack(waves, -1).astype(np.uint8)
    return simplejpeg.encode_jpeg(pixels, quality=quality, colorspace="RGB", colorsubsampling="420")


def _bridge_features(language_embedding: bool, size: int) -> Any:
    f = tfds().features
    image = {c: f.Image(shape=(size, size, 3), dtype=np.uint8, encoding_format="jpeg") for c in CAMERAS}
    step = {
        "observation": image | {"state": f.Tensor(shape=(7,), dtype=np.float32)},
        "action": f.Tensor(shape=(7,), dtype=np.float32),
        "language_instruction": f.Text(),
        **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
        "reward": f.Scalar(dtype=np.float32),
        "discount": f.Scalar(dtype=np.float32),
    }
    if language_embedding:
        step["language_embedding"] = f.Tensor(shape=(512,), dtype=np.float32)
    metadata = {f"has_{c}": f.Scalar(dtype=np.bool_) for c in (*CAMERAS, "language")}
    metadata |= {"file_path": f.Text(), "episode_id": f.Scalar(dtype=np.int32)}
    return f.FeaturesDict({"steps": f.Dataset(step), "episode_metadata": metadata})


def tfds() -> Any:
    """tensorflow_datasets, imported when first needed: it takes seconds, and warns of its own deprecations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow_datasets

        tensorflow_datasets.core.utils.tqdm_utils.disable_progress_bar()
    return tensorflow_datasets


def write(
    folder: str | Path,
    name: str,
    features: Callable[[], Any],
    splits: Mapping[str, Callable[[], Iterator[dict[str, Any]]]],
    num_shards: int = 1,
    file_format: str = "tfrecord",
    shuffled: bool = False,
) -> Path:
    """Write any dataset: its features, and for each split what gives its episodes. Returns FOLDER/NAME/1.0.0."""
    lib, builder_name = tfds(), name

    class Written(lib.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[name-defined, misc]
        VERSION = lib.core.Version("1.0.0")
        name = builder_name
        pkg_dir_path = Path(__file__).parent

        def _info(self) -> Any:
            return lib.core.DatasetInfo(builder=self, features=features(), disable_shuffling=not shuffled)

        def _split_generators(self, _: Any) -> Any:
            return {split: self._generate_examples(split) for split in splits}

        def _generate_examples(self, split: str) -> Iterator[tuple[int | str, dict[str, Any]]]:
            for number, episode in enumerate(splits[split]()):
                yield (f"{number:06d}" if shuffled else number), episode

    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        warnings.simplefilter("ignore")
        builder = Written(data_dir=str(folder), file_format=file_format)
        config = lib.download.DownloadConfig(num_shards=num_shards, try_download_gcs=False)
        builder.download_and_prepare(download_config=config, download_dir=str(Path(folder) / ".downloads"))
    return Path(builder.data_dir)
