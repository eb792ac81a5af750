"""The main job on real data: 25 Bridge episodes of 10 steps, held against what OpenVLA's own code makes of them."""

import hashlib
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

import vladata
from vladata.cli.main import _run

DATA = os.environ.get("VLADATA_REAL_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="VLADATA_REAL_DATA names no folder with the Bridge dataset")


@pytest.fixture(scope="module")
def source():
    return Path(str(DATA)) / "bridge_dataset" / "1.0.0"


@pytest.fixture(scope="module")
def out(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge") / "out"
    options = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x", "--quiet"]
    assert _run(["convert", "rlds2vla", str(source), str(folder), *options]) == 0
    return folder


def test_what_became_of_every_step(out):
    assert vladata.open(out).manifest.as_json()["ledger"] == {
        "episodes": {"read": 25, "written": 25, "filtered": 0, "rejected": 0},
        "steps": {"read": 250, "written": 200, "filtered": 50, "rejected": 0},
        "samples": {"action": 200},
        "reasons": {
            "delta_to_next(tail=drop)": {"outcome": "filtered", "episodes": 0, "steps": 25},
            "drop_steps(first=1)": {"outcome": "filtered", "episodes": 0, "steps": 25},
        },
    }


def test_actions_are_openvlas(source, out):
    reference = np.load(source.parents[2] / "refs" / "openvla_bridge_debug.npz")
    samples = sorted(vladata.open(out), key=lambda sample: sample.key)
    actions = np.array([sample.fields["action"] for sample in samples])
    np.testing.assert_allclose(actions, reference["train_standardized"], atol=1e-5)
    instructions = [sample.fields["instruction"] for sample in samples]
    assert instructions == np.repeat(reference["train_instruction"], reference["train_len"]).tolist()


def test_it_verifies_against_its_source(source, out, capsys):
    assert _run(["verify", str(out), "--source", str(source)]) == 0
    assert "agrees with its manifest and its source" in capsys.readouterr().out


def test_both_splits(source, tmp_path):
    options = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x", "--split", "train+val", "--quiet"]
    assert _run(["convert", "rlds2vla", str(source), str(tmp_path / "out"), *options]) == 0
    splits = vladata.open(tmp_path / "out").manifest.as_json()["splits"]
    assert {name: counts["samples"] for name, counts in splits.items()} == {"train": 200, "val": 200}


def test_the_bytes_are_those_of_before_but_for_the_digest_of_the_contract(out):
    """Pinned while prompt words were still in the contract: where it changes, a release says so."""
    found = hashlib.sha256()
    for path in sorted((out / "train").glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                data = tar.extractfile(member).read()
                if member.name.endswith(".json"):
                    data = data.replace(json.loads(data)["contract"].encode(), b"")
                    data = data.replace(b'"loss_weight":1.0,', b"")  # came later
                found.update(member.name.encode() + b"\0" + data)
    assert found.hexdigest() == "0296e30f539e5c5e0288d71cf166f083cbfa6fe9c49cc0e78c63c21895a3f2f9"
