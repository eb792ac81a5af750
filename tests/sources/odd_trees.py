"""Odd RLDS datasets, written by TFDS: feature trees as people write them, with words, numbers and pictures in odd places.

`odd(number)` draws a tree from its number; `write_odd` writes two episodes of it. The instruction is "do thing E" in episode
E wherever the tree has it; a tree says where that is, "" where it has none.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.rlds_data import jpeg, tfds, write

STEPS = 5
SIZE = 16
NUMBERS = ("bool", "int8", "int32", "int64", "uint8", "uint64", "float16", "float32", "float64")
PLACES = ("step", "array", "list", "lists", "padded", "episode", "episode array", "episode list", "nowhere")
NAMES = (
    "language_instruction",
    "natural_language_instruction",
    "task",
    "what to do: now",
    "Instruction",
    "goal #1",
)
FLAGS = (("is_terminal", "is_last"), ("is_last",), (), ("done",))


@dataclass(frozen=True)
class Tree:
    """place, name: of the instruction. action: its parts, with dtype and shape. state: dtype and width, or None.
    flags: that end an episode. decoys: what else lies beside it."""

    place: str
    name: str
    action: tuple[tuple[str, str, tuple[int, ...]], ...]
    state: tuple[str, int] | None
    flags: tuple[str, ...]
    decoys: bool


def odd(number: int) -> Tree:
    rng = np.random.default_rng([17, number])
    dtype = lambda: str(rng.choice(NUMBERS))  # noqa: E731
    parts = (
        (("action", dtype(), (int(rng.integers(1, 9)),)),)
        if rng.random() < 0.5
        else tuple(
            (f"action/{name}", dtype(), shape)
            for name, shape in (("arm: x", (6,)), ("open", ()), ("base", (2,)))
        )
    )
    return Tree(
        PLACES[number % len(PLACES)],
        str(rng.choice(NAMES)),
        parts,
        None if rng.random() < 0.3 else (dtype(), int(rng.integers(1, 9))),
        FLAGS[int(rng.integers(len(FLAGS)))],
        bool(rng.random() < 0.7),
    )


def write_odd(folder: Any, tree: Tree, name: str) -> Any:
    """The version folder."""

    def features() -> Any:
        f = tfds().features
        step: dict[str, Any] = {
            "observation": {"image": f.Image(shape=(SIZE, SIZE, 3), encoding_format="jpeg")}
        }
        for path, dtype, shape in tree.action:
            _put(step, path, f.Tensor(shape=shape, dtype=np.dtype(dtype)))
        if tree.state:
            step["observation"]["state"] = f.Tensor(shape=(tree.state[1],), dtype=np.dtype(tree.state[0]))
        step |= {flag: f.Scalar(dtype=np.bool_) for flag in tree.flags}
        once: dict[str, Any] = {"file_path": f.Text(), "episode_id": np.int64}
        if tree.place != "nowhere":
            (once if tree.place.startswith("episode") else step)[tree.name] = _words(f, tree.place)
        if tree.decoys:
            step["observation"] |= {
                "depth": f.Image(shape=(SIZE, SIZE, 1), dtype=np.float32),
                "plan": f.Tensor(shape=(3, 7), dtype=np.float32),
                "any [0]": f.Sequence(np.float32),
                "note: x": f.Scalar(dtype=np.float64),
            }
            step["label"] = f.ClassLabel(names=["left", "right"])
        return f.FeaturesDict({"steps": f.Dataset(step), "episode_metadata": once})

    return write(folder, name, features, {"train": lambda: iter([_episode(tree, e) for e in range(2)])})


def _words(f: Any, place: str) -> Any:
    return {
        "step": lambda: f.Text(),
        "array": lambda: f.Tensor(shape=(3,), dtype=np.str_),
        "list": lambda: f.Sequence(f.Text()),
        "lists": lambda: f.Sequence(f.Sequence(f.Text())),
        "padded": lambda: f.Tensor(shape=(32,), dtype=np.uint8),
    }[place.removeprefix("episode ").replace("episode", "step")]()


def _text(place: str, text: str) -> Any:
    return {
        "step": lambda: text,
        "array": lambda: np.array(["", text, "or so"], object),
        "list": lambda: ["", text, "or so"],
        "lists": lambda: [[], ["", text], ["or so"]],
        "padded": lambda: np.array([*text.encode(), *[0] * 32][:32], np.uint8),
    }[place.removeprefix("episode ").replace("episode", "step")]()


def _episode(tree: Tree, e: int) -> dict[str, Any]:
    rng = np.random.default_rng(e)
    once: dict[str, Any] = {"file_path": f"/data/{e}.npy", "episode_id": e}
    if tree.place.startswith("episode"):
        once[tree.name] = _text(tree.place, f"do thing {e}")
    return {"steps": [_step(tree, e, t, rng) for t in range(STEPS)], "episode_metadata": once}


def _step(tree: Tree, e: int, t: int, rng: np.random.Generator) -> dict[str, Any]:
    step: dict[str, Any] = {"observation": {"image": io.BytesIO(jpeg(rng, SIZE))}}
    for path, dtype, shape in tree.action:
        _put(step, path, _number(rng, dtype, shape))
    if tree.state:
        step["observation"]["state"] = _number(rng, tree.state[0], (tree.state[1],))
    step |= dict.fromkeys(tree.flags, t == STEPS - 1)
    if tree.place != "nowhere" and not tree.place.startswith("episode"):
        step[tree.name] = _text(tree.place, f"do thing {e}")
    if tree.decoys:
        step["observation"] |= {
            "depth": rng.random((SIZE, SIZE, 1), np.float32),
            "plan": np.zeros((3, 7), np.float32),
            "any [0]": [0.5] * t,
            "note: x": np.float64(t),
        }
        step["label"] = t % 2
    return step


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *folders, name = path.split("/")
    for folder in folders:
        tree = tree.setdefault(folder, {})
    tree[name] = value


def _number(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Any:
    values = rng.normal(0, 1, shape) if dtype.startswith("float") else rng.integers(0, 2, shape)
    return np.array(values).astype(dtype)
