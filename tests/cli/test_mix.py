"""`vladata mix`: the table, --json, a dry run, where the datasets are, and what is refused. Mixing itself is in tests/mix."""

import json

import pytest

from tests.mix.made import web


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two corpora, a and b, and a mixture that has a third source."""
    made = tmp_path_factory.mktemp("mix")
    for name, count in {"a": 60, "b": 20}.items():
        web(made / "made" / name, name, count).rename(made / name)
    (made / "two.yaml").write_text("name: two\nweights: shares\nepoch: 640\nsources: {a: 66, b: 34}\n")
    (made / "three.yaml").write_text("name: three\nweights: null\nsources: {a: 2, b: 1, absent: 1}\n")
    return made


def test_a_dry_run_prints_the_table_and_writes_nothing(folder, tmp_path, run):
    said = run("mix", tmp_path / "out", "--mixture", folder / "two.yaml", "--root", folder, "--dry-run")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[0].split() == ["source", "requested", "realised", "has", "gives", "repeats", "bytes"]
    assert lines[1].split()[:6] == ["a", "66.000%", "65.938%", "75", "422", "5.63"]
    assert lines[3].split()[:5] == ["all", "100.000%", "100.000%", "100", "640"]
    assert lines[4:8] == [
        "An epoch is 640 samples: as the mixture says.",
        "In every aligned window of 64 samples each source has its share to within one sample, and so has every batch of a "
        "multiple of 64.",
        "Other batches have it on average only. Samples of each source in a batch, fewest to most:",
        "                of 8       of 16       of 32       of 64",
    ]
    assert [line.split()[0] for line in lines[8:]] == ["a", "b"]
    assert lines[8].endswith("42 to 43")
    assert not (tmp_path / "out").exists()


def test_virtual_and_then_materialised_in_its_place(folder, tmp_path, run):
    asked = ("mix", tmp_path / "out", "--mixture", folder / "two.yaml", "--root", folder, "--json")
    made = run(*asked)
    assert (made.code, made.json["virtual"], made.json["samples"]) == (0, True, 640)
    refused = run(*asked, "--materialize")
    assert refused.code == 1
    assert refused.err.startswith(f"OutputExists: {tmp_path / 'out'}: a finished dataset is here already")
    whole = run(*asked, "--materialize", "--overwrite", "--window", "32")
    assert (whole.code, whole.json["window"], whole.json["samples"]) == (0, 32, 640)
    assert not (tmp_path / "out" / "mixture.arrow").exists()
    assert run("verify", tmp_path / "out").code == 0
    assert run(*asked, "--overwrite").code == 0
    assert run("verify", tmp_path / "out").code == 0


def test_sources_without_a_dataset(folder, tmp_path, run):
    asked = ("mix", tmp_path / "out", "--mixture", folder / "three.yaml", "--root", folder, "--dry-run")
    said = run(*asked, "--weights", "shares")
    assert said.code != 0
    assert "no dataset was given for these sources of the mixture; got 'absent'" in said.err
    assert "--set absent=PATH" in said.err
    said = run(*asked, "--weights", "shares", "--only-given")
    assert said.code == 0
    assert said.err.startswith("Left out, since no dataset was given: absent.")
    assert "the mixture does not establish the meaning of its weights" in run(*asked, "--only-given").err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--set", "a"], "is not NAME=PATH, such as robot=out/bridge."),
        (["--set", "aa=x"], "the mixture has no such source"),
        (["--set", "a=x", "--set", "a=y"], '--set gives a twice: "x" and "y".'),
        (["--epoch", "1000000000000"], "mixture two, epoch: the epoch has more samples than can be planned"),
        (["--samples-per-shard", "100"], "the samples of a shard must be a whole number of windows"),
        (["--split", "val"], "the dataset has no such split"),
        (["--epoch", "0"], "expected a whole number from 1; got 0"),
        (["--mixture", "nothing-like-it"], "nothing-like-it"),
    ],
)
def test_what_is_refused(options, says, folder, tmp_path, run):
    asked = ("mix", tmp_path / "out", "--mixture", folder / "two.yaml", "--root", folder, "--dry-run")
    said = run(*asked, *options)
    assert (said.code in (1, 2), said.out) == (True, "")
    assert says in said.err
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_given_under_two_names(folder, tmp_path, run):
    text = "name: in\nweights: shares\nsources: {web: {weights: shares, sources: {a: 1}}, b: 1}\n"
    (tmp_path / "in.yaml").write_text(text)
    asked = ("mix", tmp_path / "out", "--mixture", tmp_path / "in.yaml", "--root", folder, "--dry-run")
    said = run(*asked, "--set", f"web/a={folder / 'a'}", "--set", f"a={folder / 'b'}")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("UsageError: --set: a source is given twice; got 'a'.")


def test_a_source_that_gives_no_sample_is_named(folder, tmp_path, run):
    text = "name: tiny\nweights: shares\nepoch: 20\nsources: {a: 1000, b: 1}\n"
    (tmp_path / "tiny.yaml").write_text(text)
    said = run("mix", tmp_path / "out", "--mixture", tmp_path / "tiny.yaml", "--root", folder, "--dry-run")
    assert (said.code, said.out.splitlines()[2].split()[4]) == (0, "0")
    assert said.err == "The epoch has no sample of b: it is too short, or the weight too small.\n"


EMPTY = """name: some
weights: shares
sources:
  a: {weight: 1, keep: {language: [ja], allow_empty: ALLOWED}}
  b: {weight: 1, KEEP}
"""


def test_a_source_that_its_filters_empty(folder, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    asked = ("mix", tmp_path / "out", "--mixture", mine, "--root", folder)
    mine.write_text(EMPTY.replace("ALLOWED", "false").replace(", KEEP", ""))
    said = run(*asked)
    assert said.code == 2
    assert f"source a, keep ({folder}/a): the filter language(ja) leaves nothing of the corpus" in said.err
    assert "In mix: --no-keep a:KEY does without the filter" in said.err
    mine.write_text(EMPTY.replace("ALLOWED", "true").replace(", KEEP", ""))
    said = run(*asked)
    assert said.code == 0
    assert said.err == (
        "Left out, since the filters leave no sample: a: 75 language(ja). "
        "The weights of the other sources stay as they are.\n"
    )
    assert [line.split()[0] for line in said.out.splitlines()[1:3]] == ["b", "all"]
    assert run("verify", tmp_path / "out").code == 0
    mine.write_text(
        EMPTY.replace("ALLOWED", "true").replace("KEEP", "keep: {language: [de], allow_empty: true}")
    )
    said = run(*asked, "--overwrite")
    assert said.code == 2
    assert said.err.startswith("UsageError: the filters leave no sample of any source.")
    assert "a: 75 language(ja); b: 25 language(de)" in said.err


def test_keep_and_no_keep_change_what_the_mixture_says(folder, tmp_path, run):
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nweights: shares\nepoch: 64\nsources:\n  a: {weight: 1, keep: {similarity: 10%, tasks: [caption]}}\n"
        "  web: {weight: 1, weights: shares, sources: {b: 1}}\n"
    )
    asked = ("mix", tmp_path / "out", "--mixture", tmp_path / "mine.yaml", "--root", folder, "--overwrite")
    said = run(*asked, "--dry-run")
    assert said.code == 2
    assert said.err.startswith(
        f"UsageError: source a, keep ({folder}/a): none of the 60 pairs has a similarity.\n"
    )
    assert "  In mix: --no-keep a:similarity does without the filter, " in said.err

    def left(*options):
        said = run(*asked, *options, "--json")
        assert said.code == 0, said.err
        return {row["source"]: row["left"] for row in said.json["sources"]}

    assert left("--no-keep", "a:similarity") == {"a": {"tasks(caption)": 15}, "web/b": {}}
    assert left("--no-keep", "a") == {"a": {}, "web/b": {}}
    kept = left("--no-keep", "a", "--keep", "b:tasks=[vqa]", "--keep", "web/b:size.min=20")
    assert kept == {"a": {}, "web/b": {"tasks(vqa)": 20}}
    mixture = json.loads((tmp_path / "out" / "manifest.json").read_text())["mixture"]
    assert mixture["sources"]["a"]["keep"] is None
    assert mixture["sources"]["web"]["sources"]["b"]["keep"]["tasks"] == ["vqa"]
    assert run("verify", tmp_path / "out").code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["--keep", "similarity=10%"],
            '--keep "similarity=10%" is not NAME:KEY=VALUE, such as captions:similarity=20%.',
        ),
        (["--keep", "a:similarity"], '--keep "similarity" is not KEY=VALUE'),
        (["--keep", "aa:tasks=[vqa]"], "UsageError: --keep: the mixture has no such source; got 'aa'"),
        (["--no-keep", "aa"], "UsageError: --no-keep: the mixture has no such source; got 'aa'"),
        (
            ["--no-keep", "a:size"],
            '--no-keep "a:size": the mixture says of a no filter "size"; it says none.',
        ),
        (["--keep", "a:text.min=3"], "the filter text works when the corpus is converted, not in a mixture"),
        (["--window", "8", "--batch-size", "8"], "--batch-size sets the window: give it or --window."),
    ],
)
def test_filters_and_batches_that_are_refused(options, says, folder, tmp_path, run):
    asked = ("mix", tmp_path / "out", "--mixture", folder / "two.yaml", "--root", folder, "--dry-run")
    said = run(*asked, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err


def test_what_another_mixture_keeps_is_changed_in_its_file(folder, tmp_path, run):
    text = (
        f"name: outer\nweights: shares\nsources: {{inner: {{weight: 1, mixture: {folder / 'two.yaml'}}}}}\n"
    )
    (tmp_path / "outer.yaml").write_text(text)
    asked = ("mix", tmp_path / "out", "--mixture", tmp_path / "outer.yaml", "--root", folder, "--dry-run")
    said = run(*asked, "--no-keep", "a")
    assert said.code == 2
    assert (
        "mixture outer, inner/a: the source is part of another mixture, whose file says what is kept"
        in said.err
    )


def test_help_says_what_it_does(run):
    said = run("mix", "--help")
    assert said.code == 0
    assert "Mix converted datasets at an exact ratio" in said.out
