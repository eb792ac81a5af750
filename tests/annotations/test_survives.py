"""Commentary survive whatever is taken of the steps: every sample of random conversions, beside plain loops.

Three ways to name an episode x dropped first frames x filters x keep-ranges x another frequency x rows over rows.
"""

import random

import orjson
import pytest

import vladata
from tests.annotations.made import names, said, write_jsonl
from tests.conversion import convert
from tests.rlds_data import Faults, write_bridge_like
from vladata.annotations.stored import Commentary
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.select import Select

LENGTHS = (6, 12, 9, 20, 7, 5)
FAULTS = Faults(not_images=[(3, 4), (0, 1)], nan_actions=[(2, 3)], zero_steps=[5])
FIELDS = (("plan", ""), ("subtask", ""), ("box", "primary"), ("box", "wrist"))
SELECTS = ("{}", "{every: 2}", "{every: 3}", "{length: {min: 7}}", "{idle: {longest: 1, still: 0.01}}")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("survives"), 6, LENGTHS, num_shards=2, faults=FAULTS)


@pytest.fixture(scope="module")
def episodes(source):
    return names(source)


def some_rows(draw, episodes):
    rows = []
    for _ in range(draw.randint(1, 40)):
        field, camera = draw.choice(FIELDS)
        start = draw.randint(0, 22)
        stop = draw.choice([None, start + draw.randint(1, 12)])
        row = {"start": start, "stop": stop, "field": field, "value": f"say {draw.randint(0, 9**9)}"}
        if camera:
            row["camera"] = camera
        if draw.random() < 0.2:
            row["dataset"] = draw.choice(["bridge_dataset", "fractal"])
        key = draw.choice(["episode", "content", "episode_key"])
        row[key] = draw.choice(
            [draw.choice(episodes)[key], "nobody's"] if draw.random() < 0.2 else [draw.choice(episodes)[key]]
        )
        if row[key]:  # of the episode without steps no key is known
            rows.append(row)
    return rows or [{"episode": "nobody's", "start": 0, "field": "plan", "value": "x"}]


def some_ranges(draw, episodes):
    found = {}
    for episode in draw.sample(episodes, draw.randint(2, len(episodes))):
        first = draw.randint(0, 4)
        found[episode["episode"]] = [[first, first + draw.randint(3, 12)], [14, 19]]
    return found


@pytest.mark.parametrize("seed", range(16))
def test_every_sample_has_what_a_plain_loop_finds(seed, source, episodes, tmp_path):
    draw = random.Random(seed)
    rows = some_rows(draw, episodes)
    cut = draw.randint(0, len(rows))
    tables = [part for part in (rows[:cut], rows[cut:]) if part]
    urls = tuple(write_jsonl(tmp_path / f"{n}.jsonl", part) for n, part in enumerate(tables))
    recipe = vladata.recipe("rt2-pali-x")
    action = recipe.action.model_copy(update={"chain": draw.choice(["octo", "openvla"])})
    select = validate(Select, draw.choice(SELECTS), "select")
    recipe = recipe.model_copy(update={"action": action, "select": select})
    keep = ""
    if draw.random() < 0.5:
        keep = str(tmp_path / "keep.json")
        (tmp_path / "keep.json").write_bytes(orjson.dumps(some_ranges(draw, episodes)))
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=recipe, annotations=urls, keep_ranges=keep)

    by_id = {episode["episode"]: episode for episode in episodes}
    stored = Commentary.parquet((out / "annotations.parquet").read_bytes())
    taken: dict[str, list[int]] = {}
    for sample in vladata.open(out):
        taken.setdefault(sample.episode, []).append(sample.step)
        assert sample.plan == said(rows, by_id[sample.episode], sample.step, "plan")
    assert taken
    steps = {}
    for name, numbers in taken.items():
        numbers = sorted(numbers)
        found = stored.of(name, numbers)
        for field, camera in FIELDS:
            expected = [said(rows, by_id[name], step, field, camera) for step in numbers]
            key = f"{field}@{camera}" if camera else field
            assert found.get(key, [""] * len(numbers)) == expected
            if count := sum(map(bool, expected)):
                steps[key] = steps.get(key, 0) + count

    told = manifest["annotations"]
    assert {name: count for name, count in told["steps"].items() if count} == steps
    assert told["rows"] == len(rows)
    assert told["other_dataset"] == sum(row.get("dataset") == "fractal" for row in rows)
    ours = [row for row in rows if row.get("dataset") != "fractal"]
    assert told["unmatched"] == sum("nobody's" in row.values() for row in ours)
    kinds = ("used", "unused", "unmatched", "ambiguous", "other_dataset")
    assert sum(told[kind] for kind in kinds) == len(rows)
    values = {
        said(rows, by_id[name], step, field, camera)
        for name, numbers in taken.items()
        for step in numbers
        for field, camera in FIELDS
    }
    assert told["used"] == sum(row["value"] in values for row in ours)
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []
