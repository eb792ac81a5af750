"""`vladata verify`: exit code 3 and the findings, for people and for programs. What is found is in tests/convert."""

import shutil

import pytest

from tests.conversion import convert
from tests.damage import copied, edit, files, flip
from tests.rlds_data import write_bridge_like
from tests.web.made import convert as convert_web
from tests.web.made import shards


@pytest.fixture(scope="module")
def whole(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    convert(clean, out)
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


def test_a_whole_output(clean, whole, run):
    said = run("verify", whole)
    assert (said.code, said.out, said.err) == (0, f"{whole}: agrees with its manifest\n", "")
    said = run("verify", whole, "--source", clean)
    assert (said.code, said.out, said.err) == (0, f"{whole}: agrees with its manifest and its source\n", "")
    assert run("verify", whole, "--source", clean.parent).code == 0
    assert run("verify", whole, "--json").json == {"out": str(whole), "findings": []}


def test_findings_are_exit_code_3(clean, out, run):
    flip(out / "README.md", 9)
    (out / "rejected.jsonl").unlink()
    said = run("verify", out)
    lines = said.out.splitlines()
    assert (said.code, said.err) == (3, "")
    assert lines[:2] == [f"{out}: 2 findings", "rejected.jsonl: the file is missing"]
    assert lines[2].startswith("README.md: the checksum is xxh3:")
    (found, _) = run("verify", out, "--json").json["findings"]
    assert found == {"where": "rejected.jsonl", "says": "the file is missing"}
    said = run("verify", out, "--quiet")
    assert (said.code, said.out, said.err) == (3, "", "")


def test_one_finding(out, run):
    (out / "README.md").unlink()
    assert run("verify", out).out == f"{out}: 1 finding\nREADME.md: the file is missing\n"


def test_a_source_that_gives_something_else(clean, out, tmp_path, run):
    source = copied(clean, tmp_path)

    def move(features):
        features["steps/observation/state"][7 * 2] += 0.001

    edit(files(source)[0], 0, move)
    said = run("verify", out, "--source", source)
    assert said.code == 3
    assert "train-00000-000000, step 1: action is [" in said.out
    findings = run("verify", out, "--source", source, "--json").json["findings"]
    assert {finding["where"] for finding in findings} == {
        "train-00000-000000, step 1",
        "train-00000-000000, step 2",
    }


def test_another_dataset(out, tmp_path, run):
    source = write_bridge_like(tmp_path, episodes=2, steps=4, name="another_dataset")
    said = run("verify", out, "--source", source)
    assert (said.code, said.out) == (
        3,
        f"{out}: 1 finding\n"
        f"{source}: this is another_dataset 1.0.0, but the output was made from bridge_dataset 1.0.0\n",
    )


def test_a_source_that_is_none(out, tmp_path, run):
    said = run("verify", out, "--source", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"MissingFile: {tmp_path}: this is not an RLDS dataset: it is, or holds, ")


def test_the_source_of_a_damaged_output_is_not_looked_at(out, clean, run):
    (out / "README.md").unlink()
    said = run("verify", out, "--source", clean)
    assert (said.code, said.err) == (
        3,
        "The source was not looked at: first the output has to agree with its own manifest.\n",
    )


def test_findings_without_end_are_cut(out, clean, run, monkeypatch):
    monkeypatch.setattr("vladata.cli.verify.MOST", 2)
    for path in ("README.md", "rejected.jsonl", "index.arrow"):
        (out / path).unlink()
    lines = run("verify", out).out.splitlines()
    assert (lines[0], len(lines)) == (f"{out}: the first 2 findings", 3)
    monkeypatch.setattr("vladata.cli.verify.SHOWN", 1)
    assert run("verify", out).out.splitlines()[2:] == ["and 1 more; --json lists them"]
    assert len(run("verify", out, "--json").json["findings"]) == 2


def test_a_manifest_of_another_format_version(out, run):
    text = (out / "manifest.json").read_text()
    (out / "manifest.json").write_text(text.replace('"format_version": 4', '"format_version": 9'))
    said = run("verify", out)
    assert said.code == 3
    assert "manifest.json: the manifest has another format version; got 9; allowed: 4." in said.out
    said = run("inspect", out)
    assert (said.code, said.err.partition(":")[0]) == (1, "NotADataset")


def test_verbose_says_what_is_done(clean, whole, run):
    said = run("verify", whole, "--source", clean, "--verbose", "--json")
    assert said.json["findings"] == []
    assert said.err == (
        f"Holding {whole} against its manifest: files, samples, ledger.\nMaking every sample again from {clean}.\n"
    )


def test_a_web_corpus_by_its_places(tmp_path, run):
    """Named as for its conversion, file by file."""
    one, two = (shards(tmp_path / name, 5, first=first) for name, first in (("a", 0), ("b", 5)))
    out = tmp_path / "out"
    convert_web([one, two], out)
    both = ("--source", one, "--source", two)
    said = run("verify", out, *both)
    assert (said.code, said.out, said.err) == (0, f"{out}: agrees with its manifest and its source\n", "")
    said = run("verify", out, "--source", one)  # then also its files have other names
    assert said.code == 3
    assert f"{out}: 13 findings\ncc3m: files: 1 of the source, 2 in the output\n" in said.out
    said = run("verify", out, *both, "--images", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "the corpus cc3m holds its images itself" in said.err


def test_what_a_source_is(clean, whole, tmp_path, run):
    """Of a robot dataset one folder; a mixture has none."""
    said = run("verify", whole, "--source", clean, "--source", clean)
    assert said.code == 2
    assert "a robot dataset was converted from one folder" in said.err
    mixture = tmp_path / "mixed"
    mixed = run(
        "mix", mixture, "--mixture", written(tmp_path), "--set", f"a={whole}", "--materialize", "--quiet"
    )
    assert mixed.code == 0, mixed.err
    said = run("verify", mixture, "--source", clean)
    assert said.code == 2
    assert "a mixture has no source of its own" in said.err


def written(folder):
    path = folder / "mine.yaml"
    path.write_text("name: mine\nweights: shares\nsources: {a: 1}\n")
    return path
