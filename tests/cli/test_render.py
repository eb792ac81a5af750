"""`vladata recipes render`: the samples that a conversion would write, shown without it; and `recipes diff`."""

import json

import numpy as np
import pytest
from PIL import Image

import vladata
from tests import trained_tokenizers as trained
from tests.conversion import convert
from vladata.cli.sheet import TEXT
from vladata.images import probe
from vladata.spec import find
from vladata.vocabularies.tokenizer import open_tokenizer

WINDOWS = """name: windows
tasks:
  action: {share: 3, prompt: "Q: {instruction}", target: "Action: {action}."}
  words: {kind: instruction, share: 1, cameras: []}
action: {codec: rt2, bounds: quantiles}
windows: {history: 2, chunk: 3, tail: repeat}
images: {cameras: [primary, secondary], size: 32}
"""
BOTH = """name: both
tasks: {action: {prompt: "{instruction}", target: "do {instruction}; so {action}"}, instruction: {}}
action: {codec: rt2, bounds: min_max}
images: {cameras: first}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recipes and tokenizers."""
    made = tmp_path_factory.mktemp("render")
    (made / "windows.yaml").write_text(WINDOWS)
    (made / "both.yaml").write_text(BOTH)
    trained.sentencepiece_unigram(made / "unigram.model")
    return made


@pytest.mark.parametrize("name", ["rt2-pali-x", "windows.yaml", "both.yaml"])
def test_what_is_shown_is_what_would_be_written(clean, folder, tmp_path, run, name):
    recipe = str(folder / name) if name.endswith(".yaml") else name
    said = run("recipes", "render", recipe, clean, "--schema", "bridge_dataset", "-n", 3, "--json")
    assert said.code == 0, said.err
    convert(clean, tmp_path / "out", recipe=find.recipe(recipe), order="source")
    dataset = vladata.open(tmp_path / "out")
    written = {sample.key: sample for sample in dataset}
    shown = {sample["key"]: sample for sample in said.json["samples"]}
    assert said.json["contract"] == dataset.contract["digest"]
    tasks = list(find.recipe(recipe).tasks)
    assert [sum(each["task"] == task for each in shown.values()) for task in tasks] == [3] * len(tasks)
    for key, each in shown.items():
        sample = written[key]
        for field in set(each) - {"key", "images", "decoded", "fault"}:
            assert np.array_equal(each[field], sample.fields[field]), (key, field)
        assert each["fault"] == ""
        assert each["images"] == {
            camera: {"bytes": len(image), "height": probe(image)[0], "width": probe(image)[1]}
            for camera, image in sample.images.items()
        }


def test_the_decoded_action_stands_beside_the_true_one(clean, folder, run):
    asked = ("recipes", "render", folder / "windows.yaml", clean, "--schema", "bridge_dataset", "-n", 2)
    shown = [each for each in run(*asked, "--json").json["samples"] if each["task"] == "action"]
    lines = run(*asked).out.splitlines()
    assert lines[0] == (f"windows on {clean}, split train, schema bridge_dataset: 4 of 16 samples")
    for each in shown:
        true, decoded = np.array(each["action"]), [list(row.values()) for row in each["decoded"]]
        assert list(each["decoded"][0])[:2] == ["terminate", "dx"]
        assert true.shape == (3, 7)
        assert np.shape(decoded) == (3, 8)
        at = next(i for i, line in enumerate(lines) if line.startswith(f"  {each['key']}  action  (primary "))
        assert lines[at + 1 : at + 3] == [f"    prompt  {each['prompt']}", f"    target  {each['target']}"]
        assert lines[at + 3].startswith(f"    action  dx {true[0, 0]:.4g}, dy {true[0, 1]:.4g}, ")
        assert lines[at + 6].startswith(f"    decoded terminate 0, dx {decoded[0][1]:.4g}, ")
        assert lines[at + 9] == f"    valid   {each['valid']} of 3 actions are the episode's own"
    words = next(i for i, line in enumerate(lines) if "  words  (no picture)" in line)
    assert lines[words + 2].startswith("    target  ")
    assert len(lines) == words + 3 or lines[words + 3] == ""


def test_tokens_with_and_without_a_vocabulary(clean, folder, tmp_path, run):
    path, tokenizer = folder / "unigram.model", open_tokenizer(folder / "unigram.model")
    asked = (
        "recipes",
        "render",
        "rt2-pali-x",
        clean,
        "--schema",
        "bridge_dataset",
        "-n",
        1,
        "--tokenizer",
        path,
    )
    (each,) = run(*asked, "--json").json["samples"]
    whole = tokenizer.encode(f"{each['prompt']} {each['target']}")
    assert each["prompt_ids"] + each["target_ids"] == whole
    assert each["target_tokens"] == [f"▁{number}" for number in each["target"].split()]
    made = ("vocab", "make", "last-ids", "--tokenizer", path, "--recipe", "rt2-pali-x")
    assert "used-by-text" in run(*made, "-o", tmp_path / "v.json").out  # in so small a tokenizer
    (own,) = run(*asked, "--vocabulary", tmp_path / "v.json", "--json").json["samples"]
    assert own["target_ids"] == [tokenizer.size - 1 - b for b in each["bins"]]
    text = run(*asked, "--vocabulary", tmp_path / "v.json").out
    assert f"    tokens  {len(own['prompt_ids'])} and 8; " in text
    run(*made, "--schema", "aloha_mobile", "-o", tmp_path / "wide.json")
    refused = run(*asked, "--vocabulary", tmp_path / "wide.json")
    assert (refused.code, refused.out) == (1, "")
    assert (
        "the vocabulary was made for actions of 17 bins, but those of codec rt2 are of 8 bins" in refused.err
    )


def test_a_vocabulary_of_another_tokenizer_is_refused(clean, folder, tmp_path, run):
    """Its ids are other tokens there: what was shown would be no action of either."""
    other = trained.byte_level_bpe(tmp_path / "tokenizer.json")
    made = ("vocab", "make", "last-ids", "--tokenizer", other, "--recipe", "rt2-pali-x")
    run(*made, "-o", tmp_path / "v.json")
    asked = ("recipes", "render", "rt2-pali-x", clean, "--schema", "bridge_dataset", "-n", 1)
    mixed = ("--tokenizer", folder / "unigram.model", "--vocabulary", tmp_path / "v.json")
    refused = run(*asked, *mixed)
    assert (refused.code, refused.out) == (1, "")
    told = "ids are different tokens than when the vocabulary was made: "
    assert refused.err.startswith("CodecError: vocabulary last-ids: ")
    assert told in refused.err
    assert run(*asked, *mixed[:1], other, *mixed[2:]).code == 0


def test_text_around_an_action_is_tokenized_too(clean, folder, tmp_path, run):
    path, tokenizer = folder / "unigram.model", open_tokenizer(folder / "unigram.model")
    made = ("vocab", "make", "last-ids", "--tokenizer", path, "--recipe", folder / "windows.yaml")
    run(*made, "--schema", "bridge_dataset", "-o", tmp_path / "v.json")
    asked = ("recipes", "render", folder / "windows.yaml", clean, "--schema", "bridge_dataset", "-n", 1)
    found = run(*asked, "--tokenizer", path, "--vocabulary", tmp_path / "v.json", "--json").json["samples"]
    (action,) = (each for each in found if each["task"] == "action")
    ids = [tokenizer.size - 1 - b for b in np.ravel(action["bins"])]
    assert action["target_ids"] == [*tokenizer.encode("Action: "), *ids, *tokenizer.encode(".")]


def test_a_sample_that_would_be_left_out_says_why(clean, tmp_path, run):
    """Every instruction holds the word that stands before the action, so that nobody can tell where that begins."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(BOTH.replace("do {instruction}; so {action}", "{instruction} the {action}"))
    said = run("recipes", "render", mine, clean, "--schema", "bridge_dataset", "-n", 2)
    assert said.code == 3
    faults = [line for line in said.out.splitlines() if line.startswith("    fault   ")]
    assert len(faults) == 2
    assert "a part of the target holds the words that follow it" in faults[0]
    shown = run("recipes", "render", mine, clean, "--schema", "bridge_dataset", "-n", 2, "--json").json[
        "samples"
    ]
    assert [bool(each["fault"]) for each in shown] == [each["task"] == "action" for each in shown]


def test_choices_and_annotations_are_a_conversions(clean, tmp_path, run):
    rows = [
        {"dataset": "bridge_dataset", "episode": f"train-{shard:05d}-{record:06d}", "start": 0, "stop": None}
        | {"field": "plan", "value": "first\nthen"}
        for shard in range(2)
        for record in range(2)
    ]
    table = tmp_path / "plans.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = ("recipes", "render", "rt2-cot", clean, "--schema", "bridge_dataset", "-n", 2)
    without = run(*asked)
    assert (without.code, without.out) == (2, "")
    assert "Give a table that has it: --annotations FILE" in without.err
    said = run(*asked, "--annotations", table)
    assert said.code == 0, said.out
    assert said.out.count("    target  Plan: first\n            then. Action: 1 ") == 2
    none = run(*asked, "--annotations", table, "--select", "length.min=100")
    assert (none.code, none.out) == (1, "")
    assert "no step is left to write" in none.err


def test_the_sheet_has_every_picture(clean, folder, tmp_path, run):
    asked = ("recipes", "render", folder / "windows.yaml", clean, "--schema", "bridge_dataset", "-n", 2)
    said = run(*asked, "--sheet", tmp_path / "sheet.png")
    assert (said.code, said.err.splitlines()[-1]) == (0, f"Sheet: {tmp_path}/sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (
            12 + 6 * 212,
            12 + 212 + TEXT,
        )  # 4 samples, 2 of them of 4 pictures, and 2 of none


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--vocabulary", "v.json"], 2, "--vocabulary goes with --tokenizer"),
        (["--tokenizer", "nowhere"], 1, "there is no tokenizer at this path"),
        (["-n", "0"], 2, "Invalid value for '-n'"),
        (["--split", "test"], 2, "test"),
    ],
)
def test_what_is_refused(clean, run, arguments, code, says):
    said = run("recipes", "render", "rt2-pali-x", clean, "--schema", "bridge_dataset", *arguments)
    assert (said.code, said.out) == (code, "")
    assert says in said.err


def test_more_samples_than_there_are(clean, run):
    asked = ("recipes", "render", "rt2-pali-x", clean, "--schema", "bridge_dataset", "-n", 100, "--json")
    shown = run(*asked).json["samples"]
    assert len({each["key"] for each in shown}) == len(shown) == 16


def test_what_two_recipes_say_differently(folder, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    mine.write_text(BOTH.replace("min_max", "quantiles").replace("images:", "windows: {chunk: 4}\nimages:"))
    said = run("recipes", "diff", folder / "both.yaml", mine)
    assert said.code == 3
    assert said.out.splitlines() == [
        'action.bounds: "min_max" here, "quantiles" there',
        "windows.chunk: 1 here, 4 there",
    ]
    assert (
        run("recipes", "diff", "rt2-pali-x", "rt2-pali-x").out == "rt2-pali-x and rt2-pali-x say the same\n"
    )
    same = run("recipes", "diff", mine, mine, "--json")
    assert (same.code, same.json["differences"]) == (0, [])
    explicit = tmp_path / "explicit.yaml"
    explicit.write_text(BOTH + "windows: {history: 1, chunk: 1}\ninstruction: {case: keep}\n")
    assert run("recipes", "diff", folder / "both.yaml", explicit).code == 0
