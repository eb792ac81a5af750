"""The ledger of any output, whatever went wrong where: no count below 0 or above what was read, read = written + filtered +
rejected, what is written is what the shards hold; and the counts are those of an independent reckoning.

Faults are drawn by seed: images that show only while they are written that they do not decode, fields that the index finds,
filters, small units, few and many samples a record.
"""

import json
import random

import numpy as np
import pytest

from tests.corpora.made import jpeg, tar
from tests.mix.made import mix, mixture
from tests.outcome import convert_plainly
from tests.rlds_data import NOT_AN_IMAGE, Faults, write_bridge_like
from tests.web.made import convert as convert_web
from tests.web.made import recipe
from tests.web.test_hostile import hollow_png
from vladata.commands.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.corpus import CorpusSpec
from vladata.spec.read import validate

OUTCOMES = ("written", "filtered", "rejected")
CAPTIONS = """name: mine
layout: webdataset
image: {data: [jpg, png]}
pairs: [{task: caption, text: json.captions}]
"""


def sound(manifest, out):
    """Holds the manifest to what every ledger promises, and verify to the same."""
    ledger = manifest["ledger"]
    whole, parts = [unit for unit in ledger if "read" in ledger[unit]]
    for unit in (whole, parts):
        counts = ledger[unit]
        assert all(0 <= counts[outcome] <= counts["read"] for outcome in OUTCOMES), ledger
        assert counts["read"] == sum(counts[outcome] for outcome in OUTCOMES)
    for entry in ledger["reasons"].values():
        assert 0 <= entry[whole] <= ledger[whole][entry["outcome"]]
        assert 0 <= entry[parts] <= ledger[parts][entry["outcome"]]
    assert ledger[parts]["written"] == sum(shard["samples"] for shard in manifest["shards"])
    assert [str(finding) for finding in verify(open_output(str(out)))] == []
    return ledger


def counted(ledger, unit):
    return tuple(ledger[unit][name] for name in ("read", *OUTCOMES))


@pytest.mark.parametrize("seed", range(3))
def test_robots(seed, tmp_path):
    draw = random.Random(seed)
    lengths = [draw.randint(1, 7) for _ in range(6)]
    places = [(e, t) for e, length in enumerate(lengths) for t in range(length)]
    hollow = {place: hollow_png() for place in places if draw.random() < 0.4}
    none = {place for place in places if place not in hollow and draw.random() < 0.2}
    source = write_bridge_like(
        tmp_path / "in", episodes=6, steps=lengths, faults=Faults(images=hollow, not_images=none)
    )
    rules = recipe(size=32)
    manifest = convert_plainly(source, tmp_path / "out", recipe=rules, memory=30_000, samples_per_shard=3)
    ledger = sound(manifest, tmp_path / "out")
    steps = {
        e: [(e, t) for t in range(length - 1)] for e, length in enumerate(lengths)
    }  # the last has no action
    bad = set(hollow) | none
    good = {e: [place for place in of if place not in bad] for e, of in steps.items()}
    lost = sum(1 for e, of in steps.items() if of and not good[e])
    empty = sum(1 for of in steps.values() if not of)
    rejected = sum(place in bad for of in steps.values() for place in of)
    written = sum(map(len, good.values()))
    assert counted(ledger, "episodes") == (6, 6 - lost - empty, empty, lost)
    assert counted(ledger, "steps") == (sum(lengths), written, len(lengths), rejected)
    assert NOT_AN_IMAGE not in {*hollow.values()}


@pytest.mark.parametrize("seed", range(4))
def test_web_corpora(seed, tmp_path):
    draw = random.Random(seed)
    records = [(draw.random() < 0.4, draw.choice([1, 2, 40, 300])) for _ in range(8)] + [(False, 3)]
    members = []
    for i, (hollow, captions) in enumerate(records):
        said = [("drop me" if draw.random() < 0.3 else "keep") + f" {i} {n}" for n in range(captions)]
        image = ("png", hollow_png()) if hollow else ("jpg", jpeg(i))
        members += [
            (f"{i:04d}.{image[0]}", image[1]),
            (f"{i:04d}.json", json.dumps({"captions": said}).encode()),
        ]
        records[i] = (hollow, captions, sum(text.startswith("keep") for text in said))
    tar(tmp_path / "in" / "0.tar", members)
    spec = validate(CorpusSpec, CAPTIONS, "mine.yaml")
    rules = recipe({"keep": {"text": {"drop": "^drop"}}}, size=32)
    manifest = convert_web(
        tmp_path / "in", tmp_path / "out", spec, recipe=rules, memory=60_000, samples_per_shard=16
    )
    ledger = sound(manifest, tmp_path / "out")
    lost = sum(1 for hollow, _, left in records if hollow and left)
    filtered = sum(1 for _, _, left in records if not left)
    pairs, left = sum(n for _, n, _ in records), sum(n for _, _, n in records)
    bad = sum(n for hollow, _, n in records if hollow)
    assert counted(ledger, "records") == (9, 9 - lost - filtered, filtered, lost)
    assert counted(ledger, "pairs") == (pairs, left - bad, pairs - left, bad)


@pytest.mark.parametrize("seed", range(3))
def test_mixtures(seed, tmp_path):
    """Samples of the sources are counted once, however often a mixture takes them; turns are what it holds."""
    draw = random.Random(seed)
    places, sizes = {}, {}
    for name in ("a", "b", "c"):
        sizes[name] = draw.randint(1, 12)
        members = [m for i in range(sizes[name]) for m in ((f"{i:03d}.jpg", jpeg(i)), (f"{i:03d}.txt", b"x"))]
        tar(tmp_path / name / "0.tar", members)
        spec = validate(
            CorpusSpec,
            f"name: {name}\nlayout: webdataset\nimage: {{data: [jpg]}}\npairs: [{{task: caption, text: txt}}]\n",
            "m",
        )
        convert_web(tmp_path / name, tmp_path / f"{name}-out", spec)
        places[name] = tmp_path / f"{name}-out"
    window, epoch = draw.choice([4, 8]), draw.choice([8, 24, 64])
    weights = {name: draw.randint(1, 4) for name in places}
    manifest = mix(mixture(weights, window=window, epoch=epoch), tmp_path / "out", places)
    ledger = sound(manifest, tmp_path / "out")
    used = {source["name"]: min(source["used"], sizes[source["name"]]) for source in manifest["sources"]}
    assert counted(ledger, "samples") == (
        sum(sizes.values()),
        sum(used.values()),
        sum(sizes.values()) - sum(used.values()),
        0,
    )
    assert counted(ledger, "turns") == (epoch, epoch, 0, 0)
    shares = np.array([source["used"] for source in manifest["sources"]]) / epoch
    due = np.array([weights[source["name"]] for source in manifest["sources"]]) / sum(weights.values())
    assert np.abs(shares - due).max() <= 1 / window
