"""Nothing left is never silence: index, stats and doctor of data of which no step is fit, or none is there."""

import orjson
import pytest

from tests.damage import copied, files, rewrite
from tests.outcome import PLAIN
from tests.rlds_data import Faults, write_bridge_like
from vladata.robot.prepare import prepare
from vladata.robot.run import index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.spec import find


@pytest.fixture(autouse=True)
def here(monkeypatch):
    for command in ("cli.index", "cli.stats", "commands.doctor"):
        monkeypatch.setattr(f"vladata.{command}.index", lambda sources, running: index_here(sources))


@pytest.fixture
def malformed(clean, tmp_path):
    """Every record of train is no tf.Example."""
    source = copied(clean, tmp_path)
    for file in files(source):
        rewrite(file, [b"x", b"x"])
    return source


@pytest.fixture
def empty(clean, tmp_path):
    """The split val has no record, as dataset_info.json says."""
    source = copied(clean, tmp_path)
    info = orjson.loads((source / "dataset_info.json").read_bytes())
    for split in info["splits"]:
        if split["name"] == "val":
            split["shardLengths"] = ["0", "0"]
    (source / "dataset_info.json").write_bytes(orjson.dumps(info))
    for file in files(source, "val"):
        file.write_bytes(b"")
    return source


FIRST = (
    "The first: train-00000-000000: bridge_dataset-train.tfrecord-00000-of-00002, record 0, byte 0: "
    "this is not a tf.Example; got b'x'."
)


def test_index_of_malformed_records_gives_the_reason(malformed, run):
    said = run("index", malformed, "--split", "train")
    assert said.code == 3
    assert said.out.splitlines()[2:] == [
        "  rejected malformed_example: 4 episodes, 0 steps",
        f"  {FIRST}",
        "  No step is there.",
    ]
    said = run("index", malformed, "--split", "train", "--schema", PLAIN)
    assert said.code == 3
    assert said.out.splitlines()[4:] == [
        "  rejected malformed_example: 4 episodes, 0 steps",
        f"  {FIRST}",
        "  Nothing is left to convert. 4 episodes: 4 rejected (malformed_example). The first: "
        + FIRST.partition("000000: ")[2],
    ]
    assert run("index", malformed, "--split", "train", "--json").json["first_rejected"] == FIRST


def test_stats_of_malformed_records_are_no_zeros(malformed, run):
    said = run("stats", malformed, "--schema", PLAIN)
    assert said.code == 3
    assert said.out.splitlines() == [
        f"{malformed}, split train: no step is left to take statistics of.",
        "  4 episodes: 4 rejected (malformed_example). The first: " + FIRST.partition("000000: ")[2],
    ]
    assert run("stats", malformed, "--schema", PLAIN, "--json").json["action"]["count"] == 0


def test_doctor_of_malformed_records_finds_nothing_left(malformed, run):
    said = run("doctor", malformed, "--schema", PLAIN, "--split", "train")
    assert said.code == 3
    assert "nothing-left: None of the steps of 4 episodes can become a sample." in said.out
    assert "(100%) are rejected as malformed_example, 4 of these episodes as a whole." in said.out


def test_stats_say_what_is_missing_beside_what_is_there(clean, tmp_path, run):
    source = copied(clean, tmp_path)
    rewrite(files(source)[0], [b"x", b"x"])
    said = run("stats", source, "--schema", PLAIN)
    assert said.code == 0
    assert said.out.splitlines()[-2:] == ["  rejected malformed_example: 2 episodes, 0 steps", f"  {FIRST}"]


def test_all_filtered(clean, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    drop = (
        "        - {op: filter_steps, drop: [{path: action, test: abs_le, value: 9}]}\n        - {op: concat"
    )
    mine.write_text(PLAIN.read_text().replace("        - {op: concat", drop))
    said = run("index", clean, "--split", "train", "--schema", mine)
    assert said.code == 3
    assert (
        "  Nothing is left to convert. 4 episodes: 4 filtered (too_short). The first: No step is left of 6: "
        in said.out
    )
    said = run("stats", clean, "--schema", mine)
    assert (said.code, "no step is left to take statistics of" in said.out) == (3, True)
    said = run("stats", clean, "--schema", PLAIN, "--select", "length.min=7")
    assert (said.code, said.out.splitlines()[1]) == (
        3,
        "  4 episodes: 4 filtered (length(min=7)). The first: "
        "No step is left of 6: last_step took 1, length(min=7) took 5.",
    )


def test_an_empty_split(empty, run):
    for command in (["index"], ["stats", "--schema", PLAIN], ["doctor", "--schema", PLAIN]):
        said = run(command[0], empty, "--split", "val", *command[1:])
        assert (said.code, said.out) == (2, "")
        assert (
            said.err
            == "UsageError: split 'val': the split has no records; allowed: train has 4, val has 0.\n"
        )


def test_an_instruction_that_the_chain_empties_is_named(tmp_path):
    source = write_bridge_like(tmp_path, 4, (6, 2, 6, 2), seed=3, faults=Faults())
    spec = find.schema(str(PLAIN))
    operations = ({"op": "filter_episode", "keep": [{"path": "$length", "test": "gt", "value": 3.0}]},)
    chain = spec.actions.chains["recorded"].model_dump()
    chain["operations"] = [*operations, *chain["operations"]]
    dumped = spec.model_dump()
    dumped["actions"]["chains"]["recorded"] = chain
    made = type(spec).model_validate(dumped)
    settings = Settings(str(source), str(tmp_path / "out"), made, find.recipe("rt2-pali-x"))
    sources = open_sources(settings)
    index_here(sources)
    texts = [row["gone"] for part in sources.index() for row in part.to_pylist()]
    assert [len(gone) for gone in texts] == [0, 1, 0, 1]
    (said,) = prepare(settings, sources).remarks
    assert said == (
        f'The operations of the chain leave no step of 2 of 4 instructions: "{min(texts[1] + texts[3])}"; '
        f'"{max(texts[1] + texts[3])}".'
    )
