"""`vladata inspect`: what is in an output; and that a damaged one is named, not a traceback."""

import shutil

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.damage import copied, edit, files, flip
from vladata.cli.sheet import TEXT
from vladata.spec.windows import Windows

# A PNG of 64 x 64 after its first 8 bytes: header and end are right, and nothing is in between.
NO_PIXELS = (
    b"\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0\x25\x0b\xe6\x89" + b"\0\0\0\0IEND\xae\x42\x60\x82"
)


@pytest.fixture(scope="module", params=["webdataset", "tfrecord"])
def whole(request, clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    convert(
        clean,
        out,
        format=request.param,
        split="train+val",
        samples_per_shard=10,
        recipe=recipe(cameras="all"),
    )
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def test_what_is_said_to_a_person(whole, run):
    said = run("inspect", whole, "--samples", 2)
    manifest, lines = vladata.open(whole).manifest.as_json(), said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[0].startswith(f"{whole}: 24 samples (train 16, val 8) in 3 shards, ")
    assert lines[1:7] == [
        f"  schema bridge_dataset, recipe rt2-pali-x, {manifest['format']}, order shuffled, seed 0, "
        "cameras primary, secondary, third, fourth",
        f"  action contract {manifest['contract']['digest'][:16]}",
        "  episodes 6 read = 6 written, 0 filtered, 0 rejected",
        "  steps    36 read = 24 written, 12 filtered, 0 rejected",
        "  filtered delta_to_next(tail=drop): 0 episodes, 6 steps",
        "  filtered drop_steps(first=1): 0 episodes, 6 steps",
    ]
    samples = [vladata.open(whole)[i] for i in (0, 23)]
    for sample in samples:
        at = next(i for i, line in enumerate(lines) if line.startswith(f"  {sample.key}  (primary "))
        assert lines[at + 1 : at + 3] == [
            f"    prompt  {sample.fields['prompt']}",
            f"    target  {sample.fields['target']}",
        ]
        assert lines[at + 3].startswith("    decoded terminate ")


def test_what_is_said_to_a_program(whole, run):
    summary = run("inspect", whole, "--json", "--samples", 5).json
    dataset = vladata.open(whole)
    assert {name: summary[name] for name in ("name", "samples", "shards", "schema", "recipe", "seed")} == {
        "name": "bridge_dataset",
        "samples": 24,
        "shards": 3,
        "schema": "bridge_dataset",
        "recipe": "rt2-pali-x",
        "seed": 0,
    }
    assert summary["contract"] == dataset.contract
    assert summary["ledger"] == dataset.manifest.as_json()["ledger"]
    assert summary["bytes"] == dataset.manifest.bytes
    assert [shown["key"] for shown in summary["shown"]] == [dataset[i].key for i in (0, 6, 12, 17, 23)]
    names = dataset.contract["names"]
    for shown in summary["shown"]:
        assert list(shown["decoded"]) == names
        assert shown["decoded"]["terminate"] == shown["terminate"]
        codec = vladata.codec("rt2", dataset.statistics["action"], gripper="open_absolute")
        off = np.abs(list(shown["decoded"].values())[1:] - np.clip(shown["action"], codec.low, codec.high))
        assert (off <= codec.tolerance() * (1 + 1e-5)).all()


@pytest.mark.parametrize(("asked", "shown"), [(0, 0), (1, 1), (24, 24), (100, 24)])
def test_how_many_samples_are_shown(asked, shown, whole, run):
    assert len(run("inspect", whole, "--json", "--samples", asked).json["shown"]) == shown


def test_the_contact_sheet_is_a_picture(whole, tmp_path, run):
    said = run("inspect", whole, "--sheet", tmp_path / "sheet.png", "--json")
    assert said.json["samples"] == 24
    assert said.err == f"Contact sheet: {tmp_path}/sheet.png, 24 samples\n"
    with Image.open(tmp_path / "sheet.png") as sheet:
        sheet.load()
        assert (sheet.format, sheet.mode, sheet.size) == ("PNG", "RGB", (12 + 6 * 212, 12 + 4 * (212 + TEXT)))
        colours = np.asarray(sheet)[12:212, 12:212].reshape(-1, 3)
    assert len(np.unique(colours, axis=0)) > 100  # the first picture, and not paper


def test_a_sheet_that_cannot_be_written(whole, tmp_path, run):
    said = run("inspect", whole, "--sheet", tmp_path / "no" / "sheet.png")
    assert (said.code, said.out) == (1, "")
    told = "cannot write the contact sheet; got 'No such file or directory'."
    assert said.err.startswith(
        f"OutputError: {tmp_path}/no/sheet.png: {told}\n  The folder {tmp_path} exists"
    )
    said = run("inspect", whole, "--sheet", tmp_path / "sheet.jpg")
    assert said.code == 2
    assert "expected a name that ends in .png, since a PNG is written" in said.err


def test_quiet_and_verbose(whole, run):
    assert run("inspect", whole, "--quiet").out == ""
    said = run("inspect", whole, "--verbose", "--json")
    assert said.json["samples"] == 24
    lines = said.err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        shard["path"] for shard in vladata.open(whole).manifest.as_json()["shards"]
    ]


def test_a_damaged_manifest(out, run):
    flip(out / "manifest.json", 60)
    said = run("inspect", out)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"ChecksumMismatch: {out}/manifest.json: the manifest is damaged: ")


def test_an_index_that_is_missing_or_cut(out, run):
    index = (out / "index.arrow").read_bytes()
    for damaged in (None, b"", index[:300], bytes(len(index))):
        (out / "index.arrow").unlink()
        if damaged is not None:
            (out / "index.arrow").write_bytes(damaged)
        said = run("inspect", out)
        (out / "index.arrow").write_bytes(index)
        assert (said.code, said.out) == (1, "")
        assert said.err == (
            f"ChecksumMismatch: {out}/index.arrow: the index is missing or damaged.\n"
            "  vladata verify names every file that is damaged.\n"
        )


def test_no_flipped_bit_in_the_index_is_a_traceback(out, run):
    for byte in range(0, (out / "index.arrow").stat().st_size, 23):
        flip(out / "index.arrow", byte, bit=byte % 8)
        said = run("inspect", out, "--samples", 24, "--quiet")
        assert (said.code, said.err.splitlines()[0]) == (
            1,
            f"ChecksumMismatch: {out}/index.arrow: the index is missing or damaged.",
        )
        flip(out / "index.arrow", byte, bit=byte % 8)


def test_no_flipped_bit_in_a_shard_is_a_traceback(out, run):
    shard = out / vladata.open(out).manifest.as_json()["shards"][0]["path"]
    codes = set()
    for byte in range(100, shard.stat().st_size, 9001):
        flip(shard, byte, bit=byte % 8)
        said = run("inspect", out, "--samples", 24, "--quiet", "--sheet", out.with_name("sheet.png"))
        codes.add(said.code)
        flip(shard, byte, bit=byte % 8)
    assert codes in ({1}, {0, 1})  # a bit of a picture in a tar shows only in the picture


def test_an_image_that_does_not_decode_is_left_empty_in_the_sheet(clean, tmp_path, run):
    source = copied(clean, tmp_path)

    def spoil(features):
        features["steps/observation/image_0"] = [b"\x89PNG\r\n\x1a\n" + NO_PIXELS] * 6

    for file in files(source):
        for number in (0, 1):
            edit(file, number, spoil)
    convert(source, tmp_path / "out")
    assert run("inspect", tmp_path / "out", "--sheet", tmp_path / "sheet.png", "--quiet").code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        colours = np.asarray(sheet)[12:212, 12:212].reshape(-1, 3)
    paper = (colours == colours[-1]).all(axis=1).mean()
    assert 0.95 < paper < 1  # but for a few words


def test_a_shard_that_is_missing_or_cut(out, run):
    shard = vladata.open(out).manifest.as_json()["shards"][0]["path"]
    for change in (lambda path: path.write_bytes(b"x" * 100), lambda path: path.unlink()):
        change(out / shard)
        said = run("inspect", out)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"ChecksumMismatch: {out}/{shard}: there is no whole sample: ")


def test_a_chunk_is_shown_action_by_action(clean, tmp_path, run):
    windows = Windows(chunk=3, tail="repeat")
    convert(clean, tmp_path / "out", recipe=recipe().model_copy(update={"windows": windows}))
    (shown,) = run("inspect", tmp_path / "out", "--samples", 1, "--json").json["shown"]
    rows = [list(row.values()) for row in shown["decoded"]]
    assert [list(row) for row in shown["decoded"]] == [vladata.open(tmp_path / "out").contract["names"]] * 3
    lines = run("inspect", tmp_path / "out", "--samples", 1).out.splitlines()
    assert lines[-3].startswith(f"    decoded terminate {rows[0][0]:g}, dx {rows[0][1]:.4g}, ")
    assert lines[-1].startswith(f"            terminate {rows[2][0]:g}, dx {rows[2][1]:.4g}, ")
