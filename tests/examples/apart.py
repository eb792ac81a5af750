"""Runs functions of an example in a process in which vladata cannot be imported, and prints what they give, as JSON.

    python -I apart.py examples/NAME.py FUNCTION=FOLDER ...      {FUNCTION=FOLDER: [sample]}; FUNCTION:7 also takes a 7

A sample's images are {camera: [SHA-256 of the pixels, height, width, mean]}, those that it has. Names with a stroke are one in
the other; arrays and tensors are lists. What libraries print goes to the other stream.
"""

import hashlib
import importlib.util
import json
import sys


class Refuse:
    """Stands before every finder: an import of vladata fails, whatever is installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "vladata":
            raise ImportError(f"{name} is out of reach here")


def sample_of(given):
    """The sample as plain JSON."""
    sample = {}
    for name, value in given.items():
        outer, _, inner = name.partition("/")
        if inner:
            sample.setdefault(outer, {})[inner] = value
        else:
            sample[outer] = value
    images = {camera: image_of(pixels) for camera, pixels in sample.pop("images").items()}
    plain = {name: plain_of(value) for name, value in sample.items() if not name.startswith("__")}
    return {**plain, "images": {camera: image for camera, image in images.items() if image}}


def array(value):
    return value.numpy() if hasattr(value, "numpy") else value


def image_of(pixels):
    """Return what is compared of an image; None where there is none: no pixels, or a list of no images."""
    pixels = array(pixels)
    if pixels.ndim == 4 and len(pixels):
        (pixels,) = pixels
    if not pixels.size:
        return None
    assert pixels.dtype == "uint8"
    assert pixels.shape[2:] == (3,)
    return [hashlib.sha256(pixels.tobytes()).hexdigest(), *pixels.shape[:2], float(pixels.mean())]


def plain_of(value):
    value = array(value)
    if isinstance(value, dict):
        return {name: plain_of(each) for name, each in value.items()}
    if hasattr(value, "to_list"):  # rows of TFDS of several lengths
        value = value.to_list()
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist() if hasattr(value, "tolist") else value


def main(file, *asked):
    sys.meta_path.insert(0, Refuse())
    sys.stdout = sys.stderr
    spec = importlib.util.spec_from_file_location("example", file)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found = {}
    for argument in asked:
        function, _, folder = argument.partition("=")
        function, *numbers = function.split(":")
        given = getattr(example, function)(folder, *map(int, numbers))
        batches = (each if isinstance(each, list) else [each] for each in given)
        found[argument] = [sample_of(sample) for batch in batches for sample in batch]
    assert not [name for name in sys.modules if name.partition(".")[0] == "vladata"]
    sys.__stdout__.write(json.dumps(found))


main(*sys.argv[1:])
