"""--select, --keep-ranges and --errata on the command line."""

import orjson
import pytest

import vladata
from tests.outcome import PLAIN
from tests.rlds_data import write_bridge_like

OPTIONS = ("--schema", PLAIN, "--recipe", "rt2-pali-x")
LENGTHS = (4, 6, 9)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("choice"), 6, LENGTHS, num_shards=2, val_episodes=2)


def test_what_is_asked_is_counted_before_anything_is_written(source, tmp_path, run):
    said = run(
        *("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--dry-run", "--json"),
        *("--select", "length.min=5", "--select", "length.max=8", "--select", "every=2"),
    )
    assert (said.code, list(tmp_path.iterdir())) == (0, [])
    assert said.json["samples"] == 2 * 3
    assert said.json["ledger"]["reasons"]["length(min=5, max=8)"] == {
        "outcome": "filtered",
        "episodes": 4,
        "steps": 12,
    }
    assert [
        line for line in said.json["remarks"] if line.startswith("Nothing is left of ")
    ] == said.err.splitlines()


def test_files_that_an_output_wrote_give_it_again_with_two_workers(source, tmp_path, run):
    first, second = tmp_path / "first", tmp_path / "second"
    errata = tmp_path / "errata.json"
    errata.write_bytes(
        orjson.dumps(
            {"train-00000-000001": {"instruction": "sweep"}, "train-00001-000000": {"exclude": "dark"}}
        )
    )
    choice = ["--errata", errata, "--select", "length.min=5"]
    assert run("convert", "rlds2vla", source, first, *OPTIONS, *choice, "--quiet").code == 0
    again = ["--errata", first / "errata.json", "--keep-ranges", first / "keep_ranges.json", "--workers", "2"]
    assert run("convert", "rlds2vla", source, second, *OPTIONS, *again, "--quiet").code == 0
    one, two = vladata.open(first).manifest, vladata.open(second).manifest
    assert one.shards == two.shards
    assert run("verify", second, "--source", source).code == 0
    assert "sweep" in {sample.fields["instruction"] for sample in vladata.open(second)}


def test_statistics_of_a_choice_are_those_of_its_conversion(source, tmp_path, run):
    choice = ["--select", "length.max=6"]
    assert run("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, *choice, "--quiet").code == 0
    found = run("stats", source, "--schema", PLAIN, *choice, "--json").json
    del found["action"]["histograms"]
    assert found["action"] == vladata.open(tmp_path / "out").manifest.as_json()["statistics"]["action"]


def test_a_key_asked_for_stands_in_for_the_recipe_s(source, tmp_path, run):
    recipe = tmp_path / "mine.yaml"
    text = vladata.recipe("rt2-pali-x").model_dump_json(exclude_none=True)
    recipe.write_text(text.replace('"select":{}', '"select":{"length":{"min":7,"max":8}}'))
    options = ["--schema", PLAIN, "--recipe", recipe, "--dry-run", "--json"]
    said = run("convert", "rlds2vla", source, tmp_path / "out", *options, "--select", "length.max=")
    assert "length(min=7)" in said.json["ledger"]["reasons"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("length.mn=3", 'unknown key; did you mean "min"?'),
        ("length=3", "got 3; allowed: a map"),
        ("every=two", 'got "two"; allowed: a whole number'),
        ("length", '--select "length" is not KEY=VALUE'),
        ("every.x=1", "every"),
        ("success=true", "the schema does not say if an episode of bridge_dataset succeeded"),
        ("instruction.keep=(", "is not a regular expression"),
    ],
)
def test_mistakes_are_named(source, tmp_path, run, asked, says):
    said = run("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--select", asked)
    assert said.code == 2
    assert says in said.err
    assert "Traceback" not in said.err


def test_a_file_that_is_not_there(source, tmp_path, run):
    said = run(
        "convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--keep-ranges", tmp_path / "no.json"
    )
    assert said.code == 1
    assert "no.json: the file does not exist" in said.err
