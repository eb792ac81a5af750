"""No count below 0 or above what was read passes `verify`, and what the ledger says is what the shards hold."""

import shutil

import pytest

import vladata
from tests.conversion import convert
from tests.manifests import changed
from vladata.runs.verify import verify
from vladata.shards.manifest import write_manifest
from vladata.shards.storage import open_output


@pytest.fixture(scope="module")
def whole(clean, tmp_path_factory):
    """24 steps read, of which the schema takes 8."""
    out = tmp_path_factory.mktemp("whole") / "out"
    convert(clean, out)
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def with_ledger(out, **entries):
    """What is found where the ledger has other entries, under a right digest."""
    manifest, output = vladata.open(out).manifest, open_output(str(out))
    write_manifest(output, changed(manifest, ledger={**manifest.ledger, **entries}))
    return [str(finding) for finding in verify(output)]


def counts(read, written, filtered, rejected):
    return {"read": read, "written": written, "filtered": filtered, "rejected": rejected}


def test_a_right_one(out):
    assert with_ledger(out) == []


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"steps": counts(24, 16, 9, -1)}, ["-1 steps rejected, but 24 were read"]),
        (
            {"steps": counts(24, 16, 34, -26)},
            ["34 steps filtered, but 24 were read", "-26 steps rejected, but 24 were read"],
        ),
        ({"steps": counts(23, 16, 8, 0)}, ["23 steps were read, but 24 are accounted for"]),
        (
            {"episodes": counts(4, 5, 0, -1)},
            ["5 episodes written, but 4 were read", "-1 episodes rejected, but 4 were read"],
        ),
        ({"samples": {"action": 15}}, ["15 samples written, its splits hold 16 samples"]),
        (
            {"samples": {"action": 17}},
            [
                "17 samples of task action, of 16 steps written",
                "17 samples written, its splits hold 16 samples",
            ],
        ),
        (
            {"reasons": {"odd": {"outcome": "rejected", "episodes": 0, "steps": 1}}},
            ["1 steps for odd, of 0 steps rejected"],
        ),
        (
            {"reasons": {"odd": {"outcome": "filtered", "episodes": -1, "steps": 8}}},
            ["-1 episodes for odd, of 0 episodes filtered"],
        ),
    ],
)
def test_a_wrong_one(entries, says, out):
    found = [line.removeprefix("manifest.json, ledger: ") for line in with_ledger(out, **entries)]
    assert [line for line in found if not line.startswith("index.arrow: ")] == says


def test_samples_of_a_task_that_the_index_has_not(out):
    assert with_ledger(out, samples={"action": 15, "plan": 1}) == [
        "index.arrow: 16 samples of task action, but the ledger has 15",
        "index.arrow: 0 samples of task plan, but the ledger has 1",
    ]
