"""Episodes and steps that are unfit: each has its line in rejected.jsonl, its place in the ledger, and costs nobody else."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.damage import copied, edit, files
from tests.outcome import PLAIN, convert_plainly, ledger, rejected, samples
from tests.rlds_data import Faults, write_bridge_like
from vladata.cli.main import _run
from vladata.errors import NoSteps

ROOT = Path(__file__).parents[2]
EPISODE = "train-00000-000001"  # the one that is spoiled: record 1 of the first file
FILE = "bridge_dataset-train.tfrecord-00000-of-00002"
WIDTH = 7
CLEAN = {"episodes": (4, 4, 0, 0), "steps": (24, 20, 4, 0), "last_step": ("filtered", 0, 4)}
ONE_LESS = {"episodes": (4, 4, 0, 0), "steps": (24, 19, 4, 1), "last_step": ("filtered", 0, 4)}


@pytest.fixture
def source(clean, tmp_path):
    return copied(clean, tmp_path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def spoil(source, name, position, value):
    """Puts `value` at `position` of one column of EPISODE."""

    def change(features):
        features[name][position] = value

    edit(files(source)[0], 1, change)


def spoil_image(source, step, data, camera="image_0"):
    spoil(source, f"steps/observation/{camera}", step, data)


def picture(size=64, **options):
    """A picture that does not compress to nothing, so that its body can be cut or damaged."""
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, **options)
    return sink.getvalue()


def one_line(out):
    (line,) = rejected(out)
    assert (line["episode"], line["split"], line["file"]) == (EPISODE, "train", FILE)
    return line["step"], line["outcome"], line["reason"], line["says"]


def test_without_a_fault(source, out):
    assert ledger(convert_plainly(source, out)) == CLEAN
    assert rejected(out) == []


@pytest.mark.parametrize(("value", "told"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_an_action_that_is_no_number(value, told, source, out):
    spoil(source, "steps/action", 2 * WIDTH + 4, value)
    manifest = convert_plainly(source, out)
    assert ledger(manifest) == {**ONE_LESS, "not_finite": ("rejected", 0, 1)}
    step, outcome, reason, says = one_line(out)
    assert (step, outcome, reason) == (2, "rejected", "not_finite")
    assert says.startswith(f"{FILE}, record 1, byte ")
    assert says.endswith(f", step 2: the action is not finite in dpitch; got {told}.")
    assert (EPISODE, 2) not in samples(out)
    assert np.isfinite(vladata.open(out).statistics["action"].max).all()


def test_a_state_that_is_no_number(source, out):
    spoil(source, "steps/observation/state", slice(0, 2), np.nan)
    assert ledger(convert_plainly(source, out)) == {**ONE_LESS, "not_finite": ("rejected", 0, 1)}
    assert one_line(out)[3].endswith(", step 0: the state is not finite in x, y; got nan.")


def test_an_unfit_step_that_goes_anyway_is_not_rejected(source, out):
    spoil(source, "steps/action", slice(5 * WIDTH, 6 * WIDTH), np.nan)
    assert ledger(convert_plainly(source, out)) == CLEAN


def test_an_empty_instruction_is_rejected_where_the_schema_says_reject(source, out):
    spoil(source, "steps/language_instruction", 3, b" \n")
    assert ledger(convert_plainly(source, out)) == {**ONE_LESS, "empty_instruction": ("rejected", 0, 1)}
    step, outcome, reason, says = one_line(out)
    assert (step, outcome, reason) == (3, "rejected", "empty_instruction")
    assert says.endswith(r", step 3: the instruction has no words; got ' \n'.")


def test_an_empty_instruction_is_filtered_where_the_schema_says_filter(source, out):
    spoil(source, "steps/language_instruction", slice(None), [b""] * 6)
    manifest = convert(source, out)
    assert ledger(manifest) == {
        "episodes": (4, 3, 1, 0),
        "steps": (24, 12, 12, 0),
        "delta_to_next(tail=drop)": ("filtered", 0, 4),
        "drop_steps(first=1)": ("filtered", 0, 4),
        "empty_instruction": ("filtered", 1, 4),
    }
    found = [(line["episode"], line["step"], line["outcome"], line["reason"]) for line in rejected(out)]
    assert found == [(EPISODE, step, "filtered", "empty_instruction") for step in (1, 2, 3, 4)]


def test_an_instruction_that_is_not_utf8(source, out):
    spoil(source, "steps/language_instruction", 0, b"pick \xff\xfe up")
    assert ledger(convert_plainly(source, out)) == {**ONE_LESS, "bad_text": ("rejected", 0, 1)}
    assert one_line(out)[3].endswith(r", step 0: the instruction is not UTF-8; got b'pick \xff\xfe up'.")
    assert {s.fields["instruction"] for s in vladata.open(out) if s.fields["episode"] == EPISODE} != set()


IMAGES = {
    "nothing": (b"", "these bytes are not an image; got b''; allowed: JPEG, PNG, GIF, WebP."),
    "text": (
        b"these bytes are no image",
        "these bytes are not an image; got b'these bytes '; allowed: JPEG, PNG, GIF, WebP.",
    ),
    "cut JPEG": (picture(format="JPEG")[:-500], "the JPEG image is cut: its end is missing; got "),
    "cut PNG": (picture(format="PNG")[:-500], "the PNG image is cut: its end is missing; got "),
    "JPEG header only": (
        picture(format="JPEG")[:20] + b"\xff\xd9",
        "the header of the JPEG image cannot be read; got ",
    ),
}


@pytest.mark.parametrize("fault", IMAGES)
def test_an_image_that_is_none(fault, source, out):
    data, says = IMAGES[fault]
    spoil_image(source, 4, data)
    assert ledger(convert_plainly(source, out)) == {**ONE_LESS, "bad_image": ("rejected", 0, 1)}
    line = one_line(out)
    assert line[:3] == (4, "rejected", "bad_image")
    assert line[3].startswith(f"primary image: {says}")
    assert (EPISODE, 4) not in samples(out)


def test_several_faults_of_a_step_are_one_line(source, out):
    spoil(source, "steps/action", 2 * WIDTH, np.nan)
    spoil_image(source, 2, b"")
    spoil_image(source, 2, b"", camera="image_1")
    assert ledger(convert_plainly(source, out)) == {**ONE_LESS, "not_finite": ("rejected", 0, 1)}
    assert one_line(out)[2] == "not_finite"


def bomb():
    """A whole PNG of 50,000 x 50,000 pixels, one bit each: 0.3 MB here, 7.5 GB as RGB."""
    side = 50_000
    squeeze, row = zlib.compressobj(1), bytes(1 + side // 8)
    body = b"".join([squeeze.compress(row * 500) for _ in range(side // 500)]) + squeeze.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", body), (b"IEND", b"")]
    framed = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


MEASURED = r"""
import re, sys
from pathlib import Path
from tests.conversion import recipe
from tests.outcome import convert_plainly
convert_plainly(Path(sys.argv[1]), Path(sys.argv[2]), recipe=recipe(size=32))
print(int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1000)
"""


@pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="needs /proc to see the memory of a process"
)
def test_a_png_of_50_000_x_50_000_is_never_decoded(source, out):
    spoil_image(source, 1, bomb())
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, source, out],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert int(done.stdout) < 400, f"{done.stdout} MB"
    step, outcome, reason, says = one_line(out)
    assert (step, outcome, reason) == (1, "rejected", "bad_image")
    assert (
        says == "primary image: the PNG image is too large; got '50000 x 50000'; allowed: 64,000,000 pixels."
    )


def damaged_body():
    """A PNG whose header and end are right, and whose pixels are not: only decoding shows it."""
    data = bytearray(picture(format="PNG"))
    at = data.index(b"IDAT") + 4
    data[at : at + 4000] = bytes(4000)
    return bytes(data)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_an_image_that_only_decoding_shows_to_be_bad(fmt, source, out):
    spoil_image(source, 3, damaged_body())
    manifest = convert_plainly(source, out, recipe=recipe(size=32), format=fmt)
    assert ledger(manifest) == {**ONE_LESS, "bad_image": ("rejected", 0, 1)}
    assert one_line(out)[:3] == (3, "rejected", "bad_image")
    assert one_line(out)[3].startswith("the PNG image cannot be decoded; got ")
    dataset = vladata.open(out)
    assert len(dataset) == len(dataset.index) == 19
    assert (EPISODE, 3) not in samples(out)
    assert _run(["verify", str(out), "--source", str(source), "--quiet"]) == 0


def test_an_episode_all_of_whose_images_only_decoding_shows_to_be_bad(source, out):
    spoil(source, "steps/observation/image_0", slice(None), [damaged_body()] * 6)
    manifest = convert_plainly(source, out, recipe=recipe(size=32), samples_per_shard=4)
    assert ledger(manifest) == {
        "episodes": (4, 3, 0, 1),
        "steps": (24, 15, 4, 5),
        "last_step": ("filtered", 0, 4),
        "bad_image": ("rejected", 1, 5),
    }
    assert sum(shard["samples"] for shard in manifest["shards"]) == 15
    assert len(samples(out)) == 15
    assert _run(["verify", str(out), "--source", str(source), "--quiet"]) == 0


def test_a_damaged_image_that_nobody_decodes_passes_through(source, out):
    spoil_image(source, 3, damaged_body())
    assert ledger(convert_plainly(source, out)) == CLEAN


def test_an_episode_without_steps(tmp_path, out):
    source = write_bridge_like(tmp_path, episodes=3, steps=4, faults=Faults(zero_steps=[1]))
    assert ledger(convert_plainly(source, out)) == {
        "episodes": (3, 2, 0, 1),
        "steps": (8, 6, 2, 0),
        "last_step": ("filtered", 0, 2),
        "no_steps": ("rejected", 1, 0),
    }
    (line,) = rejected(out)
    assert (line["episode"], line["step"], line["reason"]) == ("train-00000-000001", -1, "no_steps")
    assert line["says"].endswith("record 1, byte {:,}: the episode has no steps.".format(line["offset"]))


def test_an_episode_of_one_step_is_too_short(tmp_path, out):
    source = write_bridge_like(tmp_path, episodes=3, steps=(4, 1))
    assert ledger(convert_plainly(source, out)) == {
        "episodes": (3, 2, 1, 0),
        "steps": (9, 6, 3, 0),
        "last_step": ("filtered", 0, 3),
        "too_short": ("filtered", 1, 0),
    }
    (line,) = rejected(out)
    assert (line["episode"], line["step"], line["outcome"], line["reason"]) == (
        "train-00000-000001",
        -1,
        "filtered",
        "too_short",
    )
    assert line["says"] == "No step is left of 1: last_step took 1."


def test_nothing_but_episodes_that_are_too_short(tmp_path, out):
    source = write_bridge_like(tmp_path, episodes=2, steps=(1, 2))
    with pytest.raises(NoSteps) as caught:
        convert(source, out)
    assert str(caught.value) == (
        f"{source}, split train: no step is left to write.\n  2 episodes: 2 filtered (too_short). "
        "The first: No step is left of 1: drop_steps(first=1) took 1."
    )


def test_the_schema_of_this_file_is_in_order():
    assert _run(["schemas", "check", str(PLAIN), "--quiet"]) == 0
