"""`vladata convert web2vla`: what it says, where, and its exit codes."""

import json

import pytest

import vladata
from tests.corpora.made import jpeg, tar
from tests.web.made import said, shards
from vladata.web.run import begin

OPTIONS = ["--schema", "cc3m", "--recipe", "rt2-pali-x"]


@pytest.fixture
def source(tmp_path):
    """20 pairs in two tars; one more has an image that is none."""
    folder = shards(tmp_path / "in", 20)
    tar(folder / "bad.tar", [("x.jpg", b"<html>"), ("x.txt", b"x")])
    return folder


@pytest.fixture
def here(monkeypatch):
    """The command does its work in a plain loop in this process: the same bytes, without the seconds of a worker."""

    def converted(settings, running, overwrite, planned):
        with begin(settings, overwrite) as run:
            planned(run.prepared)
            run.convert_here()
            return run.commit()

    monkeypatch.setattr("vladata.cli.web_conversion.convert", converted)


def test_the_summary_for_people(here, source, tmp_path, run):
    found = run("convert", "web2vla", source, tmp_path / "out", *OPTIONS, "--keep", "text.max=9")
    lines = found.out.splitlines()
    assert found.code == 0
    assert lines[0].startswith(f"{tmp_path}/out: 10 samples (caption 10) in 1 shard, ")
    assert lines[1:] == [
        "  records  21 read = 10 written, 10 filtered, 1 rejected",
        "  pairs    21 read = 10 written, 10 filtered, 1 rejected",
        "  filtered text(max=9): 10 records, 10 pairs",
        "  rejected bad_image: 1 record, 1 pair",
    ]
    assert [target for _, target in said(tmp_path / "out")] == [f"caption {i}" for i in range(10)]


def test_the_summary_for_programs_and_what_may_be_rejected(here, source, tmp_path, run):
    found = run("convert", "web2vla", source, tmp_path / "out", *OPTIONS, "--json", "--max-rejected", "0")
    assert found.code == 3
    assert found.err == (
        "More was rejected than --max-rejected 0 allows: 1 record, 1 pair. See rejected.jsonl.\n"
    )
    assert (found.json["samples"], found.json["name"]) == (20, "cc3m")
    assert found.json["tasks"] == {"caption": {"fit": 20, "written": 20}}


def test_a_dry_run_says_every_filters_count_and_writes_nothing(source, tmp_path, run):
    command = ["convert", "web2vla", source, tmp_path / "out", *OPTIONS, "--dry-run"]
    asked = ["--keep", "text.max=9", "--keep", "size.min=10"]
    found = run(*command, *asked, "--quiet")
    assert (found.code, found.out, found.err) == (0, "", "")
    lines = run(*command, *asked).out.splitlines()
    assert lines[0].startswith("10 samples of ")
    assert lines[1:4] == [
        "  size(min=10): takes 0 pairs",
        "  text(max=9): takes 10 pairs",
        "  caption: 10 of 20 fit pairs are left",
    ]
    summary = run(*command, *asked, "--json").json
    assert summary["filters"] == [
        {"filter": "size(min=10)", "pairs": 0},
        {"filter": "text(max=9)", "pairs": 10},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_filter_that_leaves_nothing(source, tmp_path, run):
    command = [
        "convert",
        "web2vla",
        source,
        tmp_path / "out",
        *OPTIONS,
        "--dry-run",
        "--keep",
        "size.min=999",
    ]
    found = run(*command)
    assert (found.code, found.out) == (2, "")
    assert "UsageError: cc3m: the filter size(min=999) leaves nothing of the corpus" in found.err
    assert "which had 20 pairs" in found.err


@pytest.mark.parametrize(
    ("option", "value", "name", "expected"),
    [
        ("--format", "tfrecord", "format", "tfrecord"),
        ("--order", "source", "order", "source"),
        ("--seed", "5", "seed", 5),
        ("--samples-per-shard", "7", "samples_per_shard", 7),
        ("--memory", "1.5MiB", "memory", 1_572_864),
        ("--split", "val", "splits", {"val": {"shards": 1, "samples": 20}}),
    ],
)
def test_an_option_reaches_the_manifest(option, value, name, expected, here, source, tmp_path, run):
    assert run("convert", "web2vla", source, tmp_path / "out", *OPTIONS, option, value).code == 0
    assert vladata.open(tmp_path / "out").manifest.as_json()[name] == expected


def test_without_images_of_an_output(here, source, tmp_path, run):
    assert run("convert", "web2vla", source / "00000.tar", tmp_path / "first", *OPTIONS).code == 0
    options = [*OPTIONS, "--without-images-of", tmp_path / "first"]
    assert run("convert", "web2vla", source, tmp_path / "out", *options).code == 0
    assert [target for _, target in said(tmp_path / "out")] == [f"caption {i}" for i in range(10, 20)]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["{in}", *OPTIONS], "Give the places of the corpus, and OUT after them."),
        ([*OPTIONS], "Give the places of the corpus, and OUT after them."),
        (["pipe:cat x.tar", "{out}", *OPTIONS], "a source that would run a program is refused"),
        (["{in}", "{out}", "--schema", "cc3", "--recipe", "rt2-pali-x"], 'Did you mean "cc3m"?'),
        (
            ["{in}", "{out}", "--schema", "llava_instruct", "--recipe", "rt2-pali-x"],
            "no images folder is given",
        ),
        (["{in}", "{out}", *OPTIONS, "--images", "{in}"], "the corpus cc3m holds its images itself"),
        (["{in}", "{out}", *OPTIONS, "--keep", "size"], '--keep "size" is not KEY=VALUE'),
        (["{in}", "{out}", *OPTIONS, "--keep", "sise.min=2"], 'did you mean "size"?'),
        (["{in}", "{out}", *OPTIONS, "--keep", "language=en"], "A list is written [a, b]"),
        (["{in}", "{out}", "--schema", "cc3m"], "Missing option '--recipe'"),
    ],
)
def test_wrong_usage(arguments, text, source, tmp_path, run):
    places = {"in": source, "out": tmp_path / "out"}
    found = run("convert", "web2vla", *[argument.format(**places) for argument in arguments])
    assert (found.code, found.out) == (2, "")
    assert text in found.err
    assert not (tmp_path / "out").exists()


def test_a_real_run(source, tmp_path, run):
    """Workers that index and convert, and a verification; jpeg(1) is the image of the second pair."""
    found = run("convert", "web2vla", source, tmp_path / "out", *OPTIONS, "--workers", "2", "--quiet")
    assert (found.code, found.out, found.err) == (0, "", "")
    assert run("verify", tmp_path / "out").code == 0
    assert jpeg(1) in {bytes(sample.images["primary"]) for sample in vladata.open(tmp_path / "out")}


def test_what_was_passed_over_is_in_every_summary(here, tmp_path, run):
    members = [("0.jpg", jpeg()), (".DS_Store", b"x"), ("0.txt", b"a"), ("README", b"x")]
    folder = tar(tmp_path / "in" / "x.tar", members).parent
    (folder / "._x.tar").write_bytes(b"x")
    says = "  passed over 3 entries that belong to no record: 1 x file without an ending, 1 x hidden file, "
    says += "1 x hidden file of the source folder"
    counts = {"hidden file": 1, "file without an ending": 1, "hidden file of the source folder": 1}
    dry = run("convert", "web2vla", folder, tmp_path / "out", *OPTIONS, "--dry-run")
    assert dry.out.splitlines()[-1] == says
    found = run("convert", "web2vla", folder, tmp_path / "out", *OPTIONS)
    assert found.out.splitlines()[-1] == says
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["source"]["passed_over"] == counts
    assert run("verify", tmp_path / "out", "--source", folder).code == 0
    again = run("convert", "web2vla", folder, tmp_path / "more", *OPTIONS, "--json")
    assert again.json["passed_over"] == counts


def test_nothing_left_names_what_was_passed_over(here, tmp_path, run):
    source = tar(tmp_path / "in" / "x.tar", [("._0.jpg", b"x"), ("._0.txt", b"x")])
    found = run("convert", "web2vla", source, tmp_path / "out", *OPTIONS)
    assert found.code == 1
    assert "passed over 2 entries that belong to no record: 2 x hidden file" in found.err


def test_links_that_are_allowed_are_verified_too(here, tmp_path, run):
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "a.jpg").write_bytes(jpeg())
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "coco").symlink_to(tmp_path / "coco")
    turns = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    (tmp_path / "x.json").write_text(json.dumps([{"id": "x", "image": "coco/a.jpg", "conversations": turns}]))
    source, out = tmp_path / "x.json", tmp_path / "out"
    options = ["--images", tmp_path / "images", "--links-into", tmp_path / "coco"]
    made = run(
        "convert", "web2vla", source, out, "--schema", "llava_instruct", "--recipe", "rt2-pali-x", *options
    )
    assert made.code == 0
    assert run("verify", out, "--source", source, *options).code == 0
    assert run("verify", out, "--source", source, *options[:2]).code != 0
