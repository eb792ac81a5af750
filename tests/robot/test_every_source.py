"""What is tested of RLDS elsewhere holds for LeRobot and HDF5: choices, corrections, retries, SIGKILL, and every command."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("av")

import vladata
from tests.annotate.endpoint import serving
from tests.conversion import convert, recipe
from tests.files import snapshot
from tests.outcome import ledger, rejected, samples
from tests.robot.retrying import retried
from tests.robot.sources import LAYOUTS
from vladata.cli.main import _run
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.select import Length, Select

SMALL = recipe(size=32, cameras=("primary",))


@pytest.fixture(params=LAYOUTS)
def layout(request):
    return LAYOUTS[request.param]


@pytest.fixture
def source(layout, tmp_path):
    return layout.written(tmp_path / "robot")


@pytest.fixture
def schema(layout, tmp_path):
    path = tmp_path / "robot.yaml"
    path.write_text(layout.schema)
    return path


def expected(layout, **ranges):
    """(episode, step) of all samples. ranges: position of an episode -> its steps; others are whole."""
    found = []
    for at, (episode, steps) in enumerate(zip(layout.ids, layout.steps, strict=True)):
        chosen = range(steps - layout.last)
        found += [(episode, step) for step in chosen if step in ranges.get(f"e{at}", chosen)]
    return sorted(found)


def command(*arguments):
    assert _run([str(argument) for argument in arguments]) == 0


def test_ranges_corrections_and_rules_take_what_they_name(layout, source, tmp_path):
    ids = layout.ids
    (tmp_path / "keep.json").write_text(
        json.dumps({ids[0]: [[0, 2], [4, 5]], ids[1]: [[1, 99]], ids[2]: [[0, 99]]})
    )
    (tmp_path / "errata.json").write_text(
        json.dumps({ids[1]: {"instruction": "say it right"}, ids[2]: {"exclude": "the camera fell"}})
    )
    given = {"keep_ranges": str(tmp_path / "keep.json"), "errata": str(tmp_path / "errata.json")}
    chosen = SMALL.model_copy(update={"select": Select(length=Length(min=4))})
    manifest = convert(source, tmp_path / "out", spec=layout.spec, recipe=chosen, **given)
    found = samples(tmp_path / "out")
    wanted = expected(layout, e0=(0, 1, 4), e1=range(1, 99))
    assert found == [(episode, step) for episode, step in wanted if episode in ids[:2]]
    counted = ledger(manifest)
    assert counted["episodes"] == (len(ids), 2, len(ids) - 2, 0)
    assert counted["errata"][:2] == ("filtered", 1)
    texts = {sample.instruction for sample in vladata.open(tmp_path / "out") if sample.episode == ids[1]}
    assert texts == {"say it right"}
    assert list(rederive(open_output(str(tmp_path / "out")), str(source))) == []
    again = {
        "keep_ranges": str(tmp_path / "out/keep_ranges.json"),
        "errata": str(tmp_path / "out/errata.json"),
    }
    convert(source, tmp_path / "again", spec=layout.spec, recipe=chosen, **again)
    assert samples(tmp_path / "again") == found


def test_what_was_rejected_is_tried_again_once_it_is_mended(layout, source, tmp_path):
    damaged = source / layout.damage
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    given = {"spec": layout.spec, "recipe": SMALL, "memory": 1, "samples_per_shard": 4}
    manifest = convert(source, tmp_path / "out", **given)
    assert {line["file"] for line in rejected(tmp_path / "out")} <= {layout.damage, _data_of(layout)}
    assert ledger(manifest)["episodes"][3] >= 1
    assert 0 < len(samples(tmp_path / "out")) < len(expected(layout))
    damaged.write_bytes(whole)
    assert retried(tmp_path / "out").ledger["episodes"]["rejected"] == 0
    convert(source, tmp_path / "fresh", **given)
    assert samples(tmp_path / "out") == samples(tmp_path / "fresh") == expected(layout)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "fresh")
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def _data_of(layout):
    """The file that a rejected episode of LeRobot is named by: that of its rows."""
    if "chunk-000/file-001" in layout.damage:
        return "data/chunk-000/file-001.parquet"
    return "data/chunk-000/episode_000003.parquet"


def test_a_process_that_is_killed_goes_on_where_it_was(layout, source, schema, tmp_path):
    rules = ["--schema", schema, "--recipe", "rt2-pali-x", "--image-size", "32", "--cameras", "first"]
    options = [*rules, "--memory", "1B", "--samples-per-shard", "4", "--quiet"]
    command("convert", "rlds2vla", source, tmp_path / "whole", *options)
    out = tmp_path / "out"
    arguments = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", source, out, *options]
    environment = {**os.environ, "VLADATA_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen([str(each) for each in arguments], env=environment, start_new_session=True)
    while process.poll() is None and len(list(out.rglob("*.tar"))) < 1:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    command("convert", "rlds2vla", source, out, *options)
    assert snapshot(out) == snapshot(tmp_path / "whole")


def test_every_command_knows_it(layout, source, schema, tmp_path, capsys):
    out = tmp_path / "out"
    command("index", source, "--schema", schema)
    command("stats", source, "--schema", schema, "--select", "length.min=2", "--chunk", "2")
    command(
        "doctor",
        source,
        "--schema",
        schema,
        "--fail-on",
        "never",
        "--write-keep-ranges",
        tmp_path / "keep.json",
    )
    assert set(json.loads((tmp_path / "keep.json").read_text())) <= set(layout.ids)
    rules = ["--schema", schema, "--recipe", "rt2-pali-x", "--image-size", "32", "--cameras", "first"]
    command("convert", "rlds2vla", source, out, *rules, "--select", "idle.longest=50")
    command("inspect", out, "--sheet", tmp_path / "sheet.png")
    command("verify", out, "--source", source)
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    said = capsys.readouterr().out
    assert "features.json" not in said
    assert f"{len(expected(layout)):,} samples" in said


QUESTION = """
name: told
frames: 2
fields: [plan]
prompt: 'Do "{instruction}": {frames}. [{"start": 0, "stop": 1, "field": "plan", "value": "x"}]'
"""


def test_episodes_are_annotated_and_the_table_is_used(layout, source, schema, tmp_path):
    (tmp_path / "told.yaml").write_text(QUESTION)

    def behave(handler, number, count):
        handler.answer(json.dumps([{"start": 0, "stop": 3, "field": "plan", "value": "reach"}]))

    with serving(behave) as server:
        options = [
            "--prompt",
            tmp_path / "told.yaml",
            "--url",
            server.url,
            "--model",
            "m",
            "--schema",
            schema,
        ]
        command("annotate", source, *options, "--out", tmp_path / "plans.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "plans.jsonl").read_text().splitlines()]
    assert {row["episode"] for row in rows} == set(layout.ids)
    assert {row["value"] for row in rows} == {"reach"}
    tables = (str(tmp_path / "plans.jsonl"),)
    planned = find.recipe("rt2-cot").model_copy(update={"images": SMALL.images})
    convert(source, tmp_path / "out", spec=layout.spec, recipe=planned, annotations=tables)
    found = [sample for sample in vladata.open(tmp_path / "out") if "reach" in sample.target]
    assert found
    assert {sample.step for sample in found} == {0, 1, 2}
    assert list(rederive(open_output(str(tmp_path / "out")), str(source))) == []
