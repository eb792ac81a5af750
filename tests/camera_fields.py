"""A dataset with every kind of field that a schema may name as a camera, and with fields that cannot be a camera."""

import io

import numpy as np
from PIL import Image

from tests.rlds_data import jpeg, tfds, write

EPISODES, STEPS, SIDE = 2, 4, 16


def drawn(e, t, k=0, channels=3):
    """uint8 [16, 16, channels], no two alike."""
    return np.random.default_rng([e, t, k, channels]).integers(0, 256, (SIDE, SIDE, channels), np.uint8)


def encoded(e, t, k=0, kind="JPEG"):
    if kind == "JPEG":
        return jpeg(np.random.default_rng([e, t, k]), SIDE)
    sink = io.BytesIO()
    Image.fromarray(drawn(e, t, k)).save(sink, kind)
    return sink.getvalue()


def many(e, t):
    """How many pictures the lists of any length have: 0 in one step, 2 and 3 in others."""
    return 0 if (e, t) == (1, 2) else 2 + t % 2


def _features():
    f = tfds().features
    square = (SIDE, SIDE, 3)

    def numbers(*shape, dtype=np.uint8, **more):
        return f.Tensor(shape=shape, dtype=dtype, **more)

    observation = {
        "image_0": f.Image(shape=square, encoding_format="jpeg"),
        "state": numbers(7, dtype=np.float32),
        "rgb": numbers(*square),
        "grey": numbers(SIDE, SIDE, 1),
        "rgba": numbers(SIDE, SIDE, 4),
        "zlib": numbers(*square, encoding="zlib"),
        "open": numbers(None, None, 3, encoding="bytes"),
        "stack": numbers(2, *square),
        "rows": f.Sequence(numbers(*square)),
        "history": f.Sequence(f.Image(shape=square, encoding_format="jpeg"), length=2),
        "any": f.Sequence(f.Image(shape=square, encoding_format="jpeg")),
        "text": f.Text(),
        "texts": numbers(2, dtype=np.str_),
        "float_image": f.Image(shape=(SIDE, SIDE, 1), dtype=np.float32),
        "depth": f.Image(shape=(SIDE, SIDE, 1), dtype=np.uint16, encoding_format="png"),
        "floats": numbers(*square, dtype=np.float32),
        "mask": numbers(SIDE, SIDE, 1, dtype=np.bool_),
        "wide": numbers(*square, dtype=np.int32),
        "first": numbers(3, SIDE, SIDE),
        "flat": numbers(SIDE * SIDE * 3),
    }
    step = {
        "observation": observation,
        "action": numbers(7, dtype=np.float32),
        "language_instruction": f.Text(),
        **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
    }
    film = f.Video(shape=(None, SIDE, SIDE, 3))
    return f.FeaturesDict({"steps": f.Dataset(step), "film": film, "short": film, "label": f.Text()})


def _step(e, t):
    rows = np.stack([drawn(e, t, k) for k in range(2)])
    observation = {
        "image_0": io.BytesIO(encoded(e, t)),
        "state": np.full(7, t, np.float32),
        "rgb": drawn(e, t),
        "grey": drawn(e, t, channels=1),
        "rgba": drawn(e, t, channels=4),
        "zlib": drawn(e, t),
        "open": drawn(e, t)[: SIDE - t],
        "stack": rows,
        "rows": [drawn(e, t, k) for k in range(many(e, t))],
        "history": [io.BytesIO(encoded(e, t, k)) for k in range(2)],
        "any": [io.BytesIO(encoded(e, t, k)) for k in range(many(e, t))],
        "text": encoded(e, t, kind="PNG"),
        "texts": [encoded(e, t, k) for k in range(2)],
        "float_image": np.full((SIDE, SIDE, 1), 0.5, np.float32),
        "depth": np.full((SIDE, SIDE, 1), 1000, np.uint16),
        "floats": np.full((SIDE, SIDE, 3), 0.5, np.float32),
        "mask": np.ones((SIDE, SIDE, 1), bool),
        "wide": drawn(e, t).astype(np.int32),
        "first": np.moveaxis(drawn(e, t), 2, 0),
        "flat": drawn(e, t).reshape(-1),
    }
    last = t == STEPS - 1
    flags = {"is_first": t == 0, "is_last": last, "is_terminal": last}
    action = np.linspace(0, 0.1 * (t + 1), 7, dtype=np.float32)
    return {"observation": observation, "action": action, "language_instruction": "go", **flags}


def write_camera_fields(folder):
    """Two episodes of four steps; the version folder."""

    def train():
        for e in range(EPISODES):
            frames = np.stack([drawn(e, t) for t in range(STEPS)])
            yield {
                "steps": [_step(e, t) for t in range(STEPS)],
                "film": frames,
                "short": frames[: STEPS - e],
                "label": "x",
            }

    return write(folder, "fields", _features, {"train": train})
