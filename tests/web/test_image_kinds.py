"""Kinds of images that TFDS would not decode into one picture: kept in WebDataset, made PNGs for TFRecord."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.corpora.made import jpeg, png, spec, tar
from tests.mix.made import mix, mixture
from tests.web.made import convert, counts, recipe, rejected, samples
from vladata.errors import NoSteps, UsageError
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.web.rederive import rederive

ALL = spec("""
layout: webdataset
image: {data: [jpg, png, gif, webp]}
pairs: [{task: caption, text: txt}]
""")
READ = """
import json, sys, tensorflow_datasets as tfds
assert "vladata" not in sys.modules
built = tfds.builder_from_directory(sys.argv[1])
rows = tfds.as_numpy(built.as_dataset(split="train"))
print(json.dumps({row["target"].decode(): row["images"]["primary"].shape for row in rows}))
"""


def pillow(kind, **options):
    pixels = np.random.default_rng(5).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def animated():
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


IMAGES = {
    "jpg": jpeg(1),
    "png": png(2),
    "gif": pillow("GIF"),
    "film.gif": animated(),
    "webp": pillow("WEBP"),
    "lossless.webp": pillow("WEBP", lossless=True),
}
KEPT = ("jpg", "png")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    members = []
    for i, (name, image) in enumerate(IMAGES.items()):
        members += [(f"{i}.{name.rpartition('.')[2]}", image), (f"{i}.txt", name.encode())]
    return tar(tmp_path_factory.mktemp("corpus") / "x.tar", members)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_what_is_written(fmt, source, tmp_path):
    convert(source, tmp_path / "out", ALL, format=fmt)
    for sample in samples(tmp_path / "out"):
        name, image = sample.fields["target"], sample.images["primary"]
        if fmt == "webdataset" or name in KEPT:
            assert image == IMAGES[name]
        else:
            assert image[:4] == b"\x89PNG"
            made, given = (Image.open(io.BytesIO(data)).convert("RGB") for data in (image, IMAGES[name]))
            assert made.tobytes() == given.tobytes()
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, [str(source)])] == []


def test_tfds_reads_each_as_one_picture(source, tmp_path):
    convert(source, tmp_path / "out", ALL, format="tfrecord")
    done = subprocess.run(
        [sys.executable, "-c", READ, tmp_path / "out"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [24, 32, 3] if name in KEPT else [20, 30, 3] for name in IMAGES}


def test_one_that_does_not_decode_is_rejected(tmp_path):
    """Only where it has to be made anew: its header and its end are right."""
    broken = bytearray(pillow("WEBP"))
    broken[21:23] = b"\xff\xff"  # the length of its first partition
    source = tar(
        tmp_path / "x.tar",
        [("0.webp", bytes(broken)), ("0.txt", b"broken"), ("1.jpg", jpeg(1)), ("1.txt", b"good")],
    )
    assert counts(convert(source, tmp_path / "tars", ALL))["pairs"] == (2, 2, 0, 0)
    manifest = convert(source, tmp_path / "records", ALL, format="tfrecord")
    assert counts(manifest)["pairs"] == (2, 1, 0, 1)
    (line,) = rejected(tmp_path / "records")
    assert (line["reason"], line["episode"]) == ("bad_image", "train-00000-000000")
    assert manifest["tasks"] == {"caption": {"fit": 2, "written": 1}}


def test_a_mixture_for_tfds_refuses_them(source, tmp_path):
    convert(source, tmp_path / "tars", ALL)
    convert(source, tmp_path / "records", ALL, format="tfrecord")
    asked = mixture({"a": 1}, window=1)
    with pytest.raises(UsageError) as caught:
        mix(asked, tmp_path / "no", {"a": tmp_path / "tars"}, format="tfrecord")
    assert str(caught.value).startswith(
        f"source a, {tmp_path}/tars: TFDS would not decode images of this source; got 'gif, webp'"
    )
    mix(asked, tmp_path / "yes", {"a": tmp_path / "records"}, format="tfrecord")
    mix(asked, tmp_path / "too", {"a": tmp_path / "tars"})


def test_no_image_that_becomes_anything(tmp_path):
    """What was found only when they were made anew does not pass for a dataset."""
    broken = bytearray(pillow("WEBP"))
    broken[21:23] = b"\xff\xff"
    source = tar(tmp_path / "x.tar", [("0.webp", bytes(broken)), ("0.txt", b"broken")])
    with pytest.raises(
        NoSteps,
        match=r"not one sample could be written\.\n  The first, train-00000-000000: the WebP image cannot",
    ):
        convert(source, tmp_path / "out", ALL, format="tfrecord")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_images_that_are_decoded_while_they_are_indexed(tmp_path):
    """A PNG whose middle is damaged: its header and its end are right."""
    damaged = bytearray(png(1))
    middle = len(damaged) // 2
    damaged[middle : middle + 40] = bytes(40)
    members = [
        *(("0.png", bytes(damaged)), ("0.txt", b"damaged")),
        *(("1.jpg", jpeg(1)), ("1.txt", b"good")),
        *(("2.png", png(2)), ("2.txt", b"good too")),
        *(("3.webp", pillow("WEBP")), ("3.txt", b"as well")),
    ]
    source = tar(tmp_path / "x.tar", members)
    assert counts(convert(source, tmp_path / "seen", ALL))["pairs"] == (4, 4, 0, 0)
    manifest = convert(source, tmp_path / "out", ALL, recipe=recipe({"keep": {"decoded": True}}))
    assert counts(manifest) == {"records": (4, 3, 0, 1), "pairs": (4, 3, 0, 1), "bad_image": (1, 1)}
    (line,) = rejected(tmp_path / "out")
    assert line["says"].startswith("x.tar, record 0 (0), png: the PNG image cannot be decoded")
    assert list(rederive(open_output(str(tmp_path / "out")), [str(source)])) == []
