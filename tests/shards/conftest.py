"""Samples as the converter makes them: numpy in the numeric fields, images of two kinds."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.rlds_data import jpeg
from vladata.records import Sample

JPEG = jpeg(np.random.default_rng(0), 16)


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2), (1, 2, 3)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def sample():
    """Makes sample number n, its camera "wrist" before "primary"."""

    def make(number: int = 0, state: int = 2, **fields):
        given = {
            "prompt": f"Q: {{do}} \u201c{number}\u201d \u2615? A:",
            "target": "1 0 255",
            "step": number,
            "action": np.array([0.1, -0.25], np.float32),
            "terminate": 0,
            "bins": np.array([1, 0, 255], np.int32),
            "state": np.arange(state, dtype=np.float32) / 3,
            "source": {"file": "a.tfrecord", "offset": 2**40, "length": 5},
        }
        images = {"wrist": png(), "primary": memoryview(JPEG)}
        return Sample(f"set-train-{number:04d}", images, given | fields)

    return make


@pytest.fixture
def plain():
    """A sample as plain values: images bytes, numbers as lists."""

    def make(sample: Sample):
        fields = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in sample.fields.items()}
        fields["action"] = np.float32(fields["action"]).tolist()
        fields["state"] = np.float32(fields["state"]).tolist()
        return Sample(sample.key, {camera: bytes(image) for camera, image in sample.images.items()}, fields)

    return make
