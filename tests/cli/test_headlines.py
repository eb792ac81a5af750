"""The commands at the head of README and in the help of `mix` run as they are written, in order, in a folder whose data is small
and laid out as theirs: bridge_dataset by TFDS, 332 tars of CC3M, VQAv2."""

import json
import re
import shlex
from pathlib import Path

import pytest
import webdataset

import vladata
from tests.corpora.made import jpeg
from tests.rlds_data import write_bridge_like
from vladata.cli.mix import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]
HEAD = (ROOT / "README.md").read_text().partition("\n## ")[0]
COMMANDS = [
    command.replace("\\\n", " ")
    for command in re.findall(r"^    vladata ((?:.*\\\n)*.*)$", HEAD, re.MULTILINE)
]
PAIRS_PER_TAR, TARS = 2, 332


def vqav2(folder):
    """Five questions about two images, in the files that VQAv2 publishes."""
    asked = [{"image_id": 9 + n % 2, "question": f"How many of {n}?", "question_id": n} for n in range(5)]
    answers = [{"answer": "two", "answer_confidence": "yes", "answer_id": i} for i in range(1, 11)]
    given = [{**question, "answers": answers, "multiple_choice_answer": "two"} for question in asked]
    (folder / "vqav2").mkdir()
    for name, content in (
        ("v2_OpenEnded_mscoco_train2014_questions.json", {"questions": asked}),
        ("v2_mscoco_train2014_annotations.json", {"annotations": given}),
    ):
        (folder / "vqav2" / name).write_text(json.dumps(content))
    images = folder / "vqav2" / "train2014"
    images.mkdir()
    for n in (9, 10):
        (images / f"COCO_train2014_{n:012d}.jpg").write_bytes(jpeg(n))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("headlines")
    source = write_bridge_like(made / "written", episodes=3, steps=6)
    (made / "bridge_dataset").mkdir()
    source.rename(made / "bridge_dataset" / "1.0.0")
    (made / "cc3m").mkdir()
    with webdataset.ShardWriter(f"{made}/cc3m/%05d.tar", maxcount=PAIRS_PER_TAR, verbose=0) as writer:
        for n in range(PAIRS_PER_TAR * TARS):
            pair = {
                "jpg": jpeg(n),
                "txt": f"caption {n}",
                "json": {"status": "success", "caption": f"caption {n}"},
            }
            writer.write({"__key__": f"{n:09d}", **pair})
    vqav2(made)
    return made


def test_the_head_of_the_readme_runs(folder, run, monkeypatch):
    monkeypatch.chdir(folder)
    assert [shlex.split(command)[0] for command in COMMANDS] == ["convert", "convert", "convert", "mix"]
    for command in COMMANDS:
        said = run(*shlex.split(command))
        assert (said.code, command) == (0, command), said.err
    assert len(vladata.open("out/cc3m")) == PAIRS_PER_TAR * TARS
    mixed = vladata.open("out/rt2")
    assert {sample.contract != "" for sample in mixed[:64]} == {True, False}
    assert sum(sample.contract != "" for sample in mixed[:64]) == 32

    said = run(*shlex.split(EXAMPLE.partition("Example: vladata ")[2]), "--overwrite")
    assert said.code == 0, said.err

    without = [word for word in shlex.split(COMMANDS[-1]) if "keep" not in word and "captions:" not in word]
    said = run(*without, "--overwrite")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(
        f"UsageError: source web/captions, keep ({folder}/out/cc3m): none of the 664 pairs has a similarity.\n"
        "  In mix: --no-keep web/captions:similarity does without the filter, "
    )


def test_a_dry_run_says_what_a_shipped_mixture_will_want(folder, run, monkeypatch):
    monkeypatch.chdir(folder)
    said = run(*shlex.split(COMMANDS[1]), "--dry-run")
    assert said.code == 0
    assert (
        "Mixture rt2-pali-x keeps, of its source captions, the best 10% by similarity, and this corpus has no similarity. "
        "To use it there, mix with --no-keep captions:similarity, or convert with --similarity-model MODEL."
    ) in said.err.splitlines()
    said = run(*shlex.split(COMMANDS[2].replace("out/vqav2", "out/new")), "--dry-run")
    assert (said.code, said.err) == (0, "")  # questions are not chosen by similarity
