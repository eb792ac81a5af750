"""A whole output, byte for byte and field for field: order, keys, types, members, images, declared columns."""

import io
import json
import tarfile
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

import vladata
from tests.bridge_samples import comparable, expected_samples
from tests.conversion import convert, recipe, schema_without_state
from tests.rlds_data import Faults, write_bridge_like

LENGTHS = {"train": (6, 4, 6, 4, 6), "val": (6, 4)}


def png(number: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


PNGS = {(e, t): png(10 * e + t) for e in (1, 2) for t in range(4)}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("output"), 5, (6, 4), val_episodes=2)


@pytest.fixture(scope="module")
def png_source(tmp_path_factory):
    """Two episodes of JPEG around two of PNG."""
    folder = tmp_path_factory.mktemp("output_png")
    return write_bridge_like(folder, 4, 4, faults=Faults(images=PNGS))


@pytest.fixture
def expected(source):
    return {s["key"]: comparable(s) for s in expected_samples(source, LENGTHS)}


def samples_of(out):
    return [comparable({**s.fields, "key": s.key, "images": dict(s.images)}) for s in vladata.open(out)]


def members_of(out):
    """(name, content, header) of every member of every shard, in order."""
    for shard in sorted(out.glob("*/*.tar")):
        with tarfile.open(shard) as archive:
            yield from ((m.name, archive.extractfile(m).read(), m) for m in archive)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_order_source_is_the_order_of_the_source(fmt, source, expected, tmp_path):
    convert(source, tmp_path / "out", split="train+val", order="source", format=fmt, samples_per_shard=4)
    assert samples_of(tmp_path / "out") == list(expected.values())


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_shuffled_is_another_order_of_the_same_samples(fmt, source, expected, tmp_path):
    orders = []
    for seed in (0, 0, 1):
        out = tmp_path / f"{len(orders)}"
        convert(source, out, split="train+val", seed=seed, format=fmt, samples_per_shard=4)
        samples = samples_of(out)
        assert {sample["key"]: sample for sample in samples} == expected
        orders.append([sample["key"] for sample in samples])
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in (list(expected), *orders)}) == 3


def test_a_shuffled_shard_mixes_episodes_and_keeps_splits_apart(source, tmp_path):
    manifest = convert(source, tmp_path / "out", split="train+val", samples_per_shard=8)
    assert manifest["splits"] == {"train": {"shards": 2, "samples": 16}, "val": {"shards": 1, "samples": 6}}
    for shard in manifest["shards"]:
        with tarfile.open(tmp_path / "out" / shard["path"]) as archive:
            keys = {name.split(".")[0] for name in archive.getnames()}
        assert {key.split("-")[1] for key in keys} == {shard["split"]}
        assert len({key[:-5] for key in keys}) > 1


def test_members_of_a_sample_are_adjacent_in_one_order(source, tmp_path):
    convert(source, tmp_path / "out", recipe=recipe(cameras=("fourth", "primary")), samples_per_shard=5)
    names = [name for name, _, _ in members_of(tmp_path / "out")]
    grouped = [
        (key, [n.partition(".")[2] for n in group])
        for key, group in groupby(names, lambda n: n.split(".")[0])
    ]
    assert len(grouped) == len(dict(grouped)) == 16
    assert {tuple(endings) for _, endings in grouped} == {("fourth.jpg", "primary.jpg", "json")}


def test_headers_hold_no_clock_and_no_user(source, tmp_path):
    convert(source, tmp_path / "out")
    headers = [header for *_, header in members_of(tmp_path / "out")]
    assert {(h.mtime, h.mode, h.uid, h.gid, h.uname, h.gname, h.type) for h in headers} == {
        (0, 0o644, 0, 0, "", "", b"0")
    }


def kind(value):
    """The type of a JSON value; of a list that of its members, of an object those of its values."""
    if isinstance(value, dict):
        return {name: kind(inner) for name, inner in value.items()}
    return [type(v).__name__ for v in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("state", [7, 0])
def test_every_sample_has_every_field_with_one_type_and_none_is_null(state, source, tmp_path):
    settings = {} if state else {"spec": schema_without_state()}
    convert(source, tmp_path / "out", split="train+val", **settings)
    jsons = [
        json.loads(content) for name, content, _ in members_of(tmp_path / "out") if name.endswith(".json")
    ]
    texts = ("prompt", "target", "task", "dataset", "split", "episode", "instruction", "plan", "contract")
    assert len(jsons) == 22
    for sample in jsons:
        assert kind(sample) == {
            **dict.fromkeys(texts, "str"),
            **dict.fromkeys(("step", "terminate"), "int"),
            "loss_weight": "float",
            "action": ["float"] * 7,
            "bins": ["int"] * 8,
            "state": ["float"] * state,
            "source": {"file": "str", "offset": "int", "length": "int"},
        }


def test_terminate_is_1_on_the_last_kept_step_alone(source, tmp_path):
    convert(source, tmp_path / "out", split="train+val", order="source")
    steps = [(s["episode"], s["step"], s["terminate"], s["bins"][0]) for s in samples_of(tmp_path / "out")]
    for _, group in groupby(steps, lambda step: step[0]):
        episode = list(group)
        assert [(terminate, bin_) for *_, terminate, bin_ in episode[:-1]] == [(0, 1)] * (len(episode) - 1)
        assert episode[-1][2:] == (1, 0)


def columns_of(out: Path) -> list[str]:
    """The image columns that the card declares."""
    matter = yaml.safe_load((out / "README.md").read_text().split("---\n")[1])
    return [f["name"] for f in matter["dataset_info"]["features"] if f.get("dtype") == "image"]


@pytest.mark.parametrize(
    ("split", "rule", "kinds"),
    [
        ("train", {}, ["jpg", "png"]),
        ("train[1:3]", {}, ["png"]),
        ("train[3:]", {}, ["jpg"]),
        ("train", {"png": "jpeg"}, ["jpg"]),
        ("train", {"size": 32}, ["jpg"]),
    ],
)
def test_the_card_declares_the_kinds_of_image_that_there_are(split, rule, kinds, png_source, tmp_path):
    out = tmp_path / "out"
    manifest = convert(png_source, out, split=split, recipe=recipe(**rule), memory=30_000)
    assert manifest["image_kinds"] == {"primary": kinds}
    assert columns_of(out) == [f"primary.{kind}" for kind in kinds]
    assert {name.partition(".")[2] for name, *_ in members_of(out)} == {*columns_of(out), "json"}


@pytest.mark.parametrize("rule", [{"png": "jpeg"}, {"size": 32}], ids=str)
def test_images_made_anew_are_jpegs_and_jpegs_are_kept_where_they_can_be(rule, png_source, tmp_path):
    manifest = convert(png_source, tmp_path / "out", recipe=recipe(**rule), order="source")
    made = manifest["contract"]["images"]["made"]
    assert (made["size"], made["png"]) == ([32, 32] if "size" in rule else None, rule.get("png", "keep"))
    expected = expected_samples(png_source, {"train": (4, 4, 4, 4)}, faults=Faults(images=PNGS))
    side = rule.get("size", 64)
    for sample, before in zip(vladata.open(tmp_path / "out"), expected, strict=True):
        (image,) = sample.images.values()
        assert (Image.open(io.BytesIO(image)).format, Image.open(io.BytesIO(image)).size) == (
            "JPEG",
            (side, side),
        )
        kept = side == 64 and before["images"]["primary"][:2] == b"\xff\xd8"
        assert (image == before["images"]["primary"]) is kept


def test_an_image_that_does_not_decode_is_booked_and_its_kind_not_declared(tmp_path):
    cut = png(1)[:400] + png(1)[-12:]  # its header and its end are right
    faults = Faults(images={(0, 1): cut}, not_images=[(1, 1)])
    source = write_bridge_like(tmp_path / "source", 2, 5, faults=faults)
    manifest = convert(source, tmp_path / "out", recipe=recipe(png="jpeg"), order="source")
    lines = [json.loads(line) for line in (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()]
    assert [(line["episode"], line["step"], line["outcome"]) for line in lines] == [
        ("train-00000-000001", 1, "rejected"),
        ("train-00000-000000", 1, "rejected"),
    ]
    assert lines[0]["says"].startswith("primary image: these bytes are not an image; got b'these bytes '")
    assert "the PNG image cannot be decoded" in lines[1]["says"]
    steps = manifest["ledger"]["steps"]
    assert steps == {"read": 10, "written": 4, "filtered": 4, "rejected": 2}
    keys = [sample.key[-6:] for sample in vladata.open(tmp_path / "out")]
    assert keys == ["0-0002", "0-0003", "1-0002", "1-0003"]
    assert manifest["image_kinds"] == {"primary": ["jpg"]}
