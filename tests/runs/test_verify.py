"""Every file of an output with one bit turned over: `verify` finds it, and names it. And what checksums cannot see."""

import random
import shutil

import numpy as np
import pytest

from tests.damage import copied, edit, files, flip
from tests.outcome import convert_plainly, plainly
from vladata.errors import NotADataset
from vladata.robot.run import begin
from vladata.runs.job_file import JOB, PLAN
from vladata.runs.receipts import RECEIPTS
from vladata.runs.verify import verify
from vladata.shards.storage import open_output

FORMATS = ("webdataset", "tfrecord")


@pytest.fixture(scope="module")
def source(clean, tmp_path_factory):
    """With one step in rejected.jsonl."""
    folder = copied(clean, tmp_path_factory.mktemp("source"))

    def spoil(features):
        features["steps/action"][3] = np.nan

    edit(files(folder)[0], 0, spoil)
    return folder


@pytest.fixture(scope="module", params=FORMATS)
def whole(request, source, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    convert_plainly(source, out, format=request.param, samples_per_shard=7)
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def findings(out):
    return [str(finding) for finding in verify(open_output(str(out)))]


def names(out):
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def test_a_whole_output(out):
    assert findings(out) == []


def test_every_file_but_the_manifest_is_under_a_checksum(out):
    for name in names(out):
        if name == "manifest.json":
            continue
        for byte in (0, -1, (out / name).stat().st_size // 2):
            flip(out / name, byte, bit=6)
            (said,) = findings(out)
            assert said.startswith(f"{name}: the checksum is xxh3:")
            assert said.endswith(" was written")
            flip(out / name, byte, bit=6)


def test_every_part_of_the_manifest_is_under_its_digest(out):
    text, chance = (out / "manifest.json").read_bytes(), random.Random(7)
    places = [0, len(text) - 2, text.index(b'"format_version": ') + 18, text.index(b'"digest"') + 3]
    for byte in [*places, *chance.sample(range(len(text) - 1), 60)]:
        flip(out / "manifest.json", byte, bit=chance.randrange(8))
        (said,) = findings(out)
        assert said.startswith("manifest.json: "), said
        (out / "manifest.json").write_bytes(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file.unlink(), "the file is missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "bytes are there, "),
        (lambda file: file.write_bytes(b""), "0 bytes are there, "),
    ],
    ids=["gone", "cut", "empty"],
)
def test_a_file_that_is_gone_or_cut(change, says, out):
    for name in [name for name in names(out) if name != "manifest.json"]:
        kept = (out / name).read_bytes()
        change(out / name)
        (said,) = findings(out)
        assert said.startswith(f"{name}: ")
        assert says in said
        (out / name).write_bytes(kept)


def test_all_that_is_wrong_is_said(out):
    flip(out / "README.md", 5)
    flip(out / "index.arrow", 5)
    (out / "notes.txt").write_text("x")
    said = findings(out)
    assert [line.split(":")[0] for line in said] == ["index.arrow", "README.md", "notes.txt"]
    assert said[2] == "notes.txt: the file is not in the manifest"


def test_what_energon_adds_is_no_finding_and_an_index_of_no_tar_is_one(out):
    (out / ".nv-meta").mkdir()
    (out / ".nv-meta" / "split.yaml").write_text("split_parts: {}")
    for shard in [*out.glob("train/*.tar"), out / "other.tar"]:
        shard.with_name(f"{shard.name}.idx").write_bytes(bytes(8))
    assert findings(out) == ["other.tar.idx: the file is not in the manifest"]


def test_a_folder_without_a_manifest(tmp_path):
    with pytest.raises(NotADataset, match=r"there is no manifest\.json, so this is not an output of vladata"):
        findings(tmp_path)


class TestAnUnfinishedRun:
    """What a stopped run leaves: each part damaged is found, and the same command still gives the whole dataset."""

    @pytest.fixture
    def run(self, source, tmp_path):
        """Starts the run, or goes on with it, and returns the units that are left."""
        settings = plainly(source, tmp_path / "out", memory=1, samples_per_shard=3)

        def go(commit=False):
            with begin(settings) as run:
                units = run.units
                run.convert_here()
                if commit:
                    run.commit()
            return units

        assert go() == [0, 1, 2, 3]
        return go

    @pytest.fixture
    def out(self, run, tmp_path):
        return tmp_path / "out"

    def test_is_said_to_be_one(self, out, run):
        assert findings(out) == [
            f"{out}: unfinished: 4 of 4 units are done; the same command continues",
        ]

    def test_a_damaged_receipt(self, out, run):
        receipt = sorted((out / RECEIPTS).iterdir())[2]
        flip(receipt, receipt.stat().st_size // 2)
        assert findings(out)[1:] == [
            f"{RECEIPTS}{receipt.name}: the receipt of unit 2 is damaged; the unit will be done again"
        ]
        assert run(commit=True) == [2]
        assert findings(out) == []

    def test_a_damaged_shard(self, out, run):
        flip(sorted((out / "train").iterdir())[0], 700)
        assert findings(out)[1:] == [
            f"{RECEIPTS}{sorted((out / RECEIPTS).iterdir())[0].name}: a shard of unit 0 is missing or damaged; "
            "the unit will be done again"
        ]
        assert run(commit=True) == [0]
        assert findings(out) == []

    def test_a_damaged_plan(self, out, run):
        flip(out / PLAN, (out / PLAN).stat().st_size // 2)
        assert findings(out) == [
            f"{PLAN}: the plan of this unfinished run is damaged; the same command makes it again"
        ]
        assert run(commit=True) == []
        assert findings(out) == []

    def test_a_plan_that_is_gone(self, out, run):
        (out / PLAN).unlink()
        assert run(commit=True) == []
        assert findings(out) == []

    def test_damaged_settings(self, out, run):
        flip(out / JOB, 200)
        assert findings(out) == [
            f"{JOB}: the settings of this unfinished run are damaged, or of another version of vladata"
        ]
