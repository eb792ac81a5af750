"""Ninety mistakes of a first week, each with the answer that it gets: mistakes.txt beside this file has them all.

VLADATA_REFRESH=1 writes the file anew; read the difference as somebody who does not know the code. Every answer says what is
wrong, where, and what to do. Places of this machine are replaced: DATA is a small robot dataset, HERE a folder of the test.
"""

import json
import os
import re
from pathlib import Path

import pytest

from tests.corpora.made import jpeg, png, tar
from tests.outcome import PLAIN, convert_plainly

TABLE = Path(__file__).with_name("mistakes.txt")
ROBOT = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x"]
WEB = ["--recipe", "rt2-pali-x", "--dry-run"]
TURNS = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
ASKED = """name: s
layout: questions
records: questions
annotations: {records: annotations, by: question_id}
image: {file: ["{image_id}.jpg"]}
pairs: [{task: vqa, question: question, answers: a}]
"""
TWO = """name: two
weights: shares
epoch: no_repeats
sources: {robot: {weight: 1}, web: {weight: 1, keep: {similarity: 10%}}}
"""


def robot(*more, source="{data}", out="{here}/new"):
    return ["convert", "rlds2vla", source, out, *more]


def cached(place, *words):
    """The same with VLADATA_CACHE there."""
    return [f"VLADATA_CACHE={place}", *words]


def web(source, schema, *more):
    return ["convert", "web2vla", "{here}/" + source, "{here}/new", "--schema", schema, *WEB, *more]


def asked(questions, answers):
    places = [f"{{here}}/{questions}", f"{{here}}/{answers}"]
    given = ["--schema", "{here}/vq.yaml", *WEB, "--images", "{here}/img"]
    return ["convert", "web2vla", *places, "{here}/new", *given]


CC3M = ["--schema", "cc3m", *WEB]
LLAVA = ["--images", "{here}/img"]
MISTAKES = {
    "a command is misspelt": ["convrt", "rlds2vla"],
    "an option is misspelt": ["inspect", "{out}", "--shet", "a.png"],
    "the output is not named": ["convert", "rlds2vla", "{data}"],
    "no schema is named": robot(*ROBOT[2:]),
    "no recipe is named": robot(*ROBOT[:2]),
    "the schema is misspelt": robot("--schema", "bridge_datset", *ROBOT[2:]),
    "the recipe is misspelt": robot(*ROBOT[:2], "--recipe", "rt2-palix"),
    "a size has no unit": robot(*ROBOT, "--memory", "256"),
    "a share has no number": robot(*ROBOT, "--max-rejected", "few"),
    "an image size is a ratio": robot(*ROBOT, "--image-size", "4:3"),
    "the dataset is not there": robot(*ROBOT, source="{here}/nowhere"),
    "the dataset is an empty folder": robot(*ROBOT, source="{here}/empty"),
    "the dataset is the folder above it": robot(*ROBOT, source="{here}/many"),
    "the version is misspelt": robot(*ROBOT, source="{here}/many/bridge_dataset/1.0.1"),
    "the dataset is misspelt": robot(*ROBOT, source="{here}/many/Bridge_Dataset/1.0.0"),
    "the dataset is a pattern": robot(*ROBOT, source="{here}/many/*/1.0.0"),
    "the dataset is a zip archive": robot(*ROBOT, source="{here}/bridge.zip"),
    "the dataset is an output": robot(*ROBOT, source="{out}"),
    "the source is a variable that is not set": robot(*ROBOT, source=""),
    "the output is a variable that is not set": robot(*ROBOT, out=""),
    "the dataset is a file": robot(*ROBOT, source="{here}/file.txt"),
    "the split is not there": robot(*ROBOT, "--split", "test"),
    "the split is called otherwise": robot(*ROBOT, "--split", "validation"),
    "a slice goes beyond the split": robot(*ROBOT, "--split", "train[:1000]"),
    "a slice is not closed": robot(*ROBOT, "--split", "train[:10%"),
    "splits are joined by a comma": robot(*ROBOT, "--split", "train,val"),
    "there are no workers": robot(*ROBOT, "--workers", "0"),
    "workers are a word": robot(*ROBOT, "--workers", "auto"),
    "a limit is a share": robot(*ROBOT, "--limit", "10%"),
    "a seed is too great": robot(*ROBOT, "--seed", "99999999999999999999"),
    "a share of rejections is a fraction": robot(*ROBOT, "--max-rejected", "0.02"),
    "rejections are negative": robot(*ROBOT, "--max-rejected", "-1"),
    "a camera is named by its field": robot(*ROBOT, "--cameras", "observation/image_0"),
    "a camera is not in the schema": robot(*ROBOT, "--cameras", "image"),
    "an option of LeRobot is given for samples": robot(*ROBOT, "--fps", "10"),
    "options of Beam stand before the dashes": robot(*ROBOT, "--runner=DirectRunner"),
    "a schema of the web is given for robots": robot("--schema", "cc3m", *ROBOT[2:]),
    "a recipe is given as the schema": robot("--schema", "rt2-pali-x", *ROBOT[2:]),
    "the schema is of another dataset": robot("--schema", "droid", *ROBOT[2:]),
    "the cache cannot be written": cached("{here}/file.txt", *robot(*ROBOT)),
    "the output is a file": robot(*ROBOT, out="{here}/file.txt"),
    "the output lies under a file": robot(*ROBOT, out="{here}/file.txt/out"),
    "the output holds something else": robot(*ROBOT, out="{here}/img"),
    "the output is there already": robot(*ROBOT, out="{out}"),
    "the output is the source": robot(*ROBOT, out="{data}"),
    "the output lies in the source": robot(*ROBOT, out="{data}/vla"),
    "source and output are exchanged": robot(*ROBOT, source="{here}/new", out="{data}"),
    "a folder has the name of a schema": ["schemas", "check", "{here}/bridge_dataset"],
    "a folder is given in place of a schema": ["schemas", "check", "{here}/img"],
    "a recipe is given in place of a schema": ["schemas", "check", "rt2-pali-x"],
    "a file of a schema is given as a recipe": ["recipes", "check", "{here}/plain.yaml"],
    "a file of a mixture is given as a schema": ["schemas", "check", "{here}/two.yaml"],
    "a config of Octo is given as a schema": ["schemas", "check", "{here}/octo.yaml"],
    "a schema that ships is named as a file": ["schemas", "check", "{here}/bridge_dataset.yaml"],
    "a file of a schema is misspelt": ["schemas", "check", "{here}/plein.yaml"],
    "a file of a schema is empty": ["schemas", "check", "{here}/empty.yaml"],
    "a file of a schema has tabs": ["schemas", "check", "{here}/tabs.yaml"],
    "a file of a schema is UTF-16": ["schemas", "check", "{here}/utf16.yaml"],
    "a draft is there already": ["schemas", "infer", "{data}", "--out", "{here}/plain.yaml"],
    "a schema has a key that is misspelt": ["schemas", "check", "{here}/mine.yaml"],
    "keep-ranges are not JSON": robot(*ROBOT, "--keep-ranges", "{here}/file.txt"),
    "keep-ranges name no episode of the dataset": robot(*ROBOT, "--keep-ranges", "{here}/keep.json"),
    "a range ends before it begins": robot(*ROBOT, "--keep-ranges", "{here}/back.json"),
    "errata are misspelt": robot(*ROBOT, "--errata", "{here}/erata.json"),
    "errata are a list": robot(*ROBOT, "--errata", "{here}/list.json"),
    "an erratum is only a text": robot(*ROBOT, "--errata", "{here}/texts.json"),
    "annotations are a JSON file": robot(*ROBOT, "--annotations", "{here}/errata.json"),
    "an erratum has no reason": robot(*ROBOT, "--errata", "{here}/errata.json"),
    "a choice has no value": robot(*ROBOT, "--select", "length"),
    "a choice has a number where a map is": robot(*ROBOT, "--select", "length=5"),
    "a choice has another key": robot(*ROBOT, "--select", "lenght.min=5"),
    "inspect of a folder that never was an output": ["inspect", "{here}/img"],
    "inspect of a folder that is not there": ["inspect", "{here}/nowhere"],
    "inspect of the source": ["inspect", "{data}"],
    "inspect of a file of an output": ["inspect", "{out}/manifest.json"],
    "inspect of the folder above an output": ["inspect", "{here}"],
    "inspect of an output that is misspelt": ["inspect", "{here}/aut"],
    "a contact sheet is a PDF": ["inspect", "{out}", "--sheet", "{here}/sheet.pdf"],
    "a contact sheet in a folder that is not there": ["inspect", "{out}", "--sheet", "{here}/no/sheet.png"],
    "verify of a folder that never was an output": ["verify", "{here}/img"],
    "a mixture is misspelt": ["mix", "{here}/new", "--mixture", "rt2-pali"],
    "a source of a mixture has no dataset": ["mix", "{here}/new", "--mixture", "{here}/two.yaml"],
    "a dataset of a mixture is not there": [
        *(
            "mix",
            "{here}/new",
            "--mixture",
            "{here}/two.yaml",
            "--set",
            "robot={here}/aut",
            "--set",
            "web={out}",
        ),
    ],
    "the root of a mixture's datasets is not there": [
        *("mix", "{here}/new", "--mixture", "{here}/two.yaml", "--root", "{here}/nowhere"),
    ],
    "a virtual mixture has a format": [
        *(
            "mix",
            "{here}/new",
            "--mixture",
            "{here}/one.yaml",
            "--set",
            "robot={out}",
            "--format",
            "tfrecord",
        ),
    ],
    "a source of a mixture is misspelt": [
        *("mix", "{here}/new", "--mixture", "{here}/two.yaml", "--set", "robbot={out}"),
    ],
    "a dataset is set without its name": ["mix", "{here}/new", "--mixture", "rt2-pali-x", "--set", "{out}"],
    "records name images, and no folder is given": web("lines.jsonl", "llava_instruct"),
    "identities are text here and numbers there": asked("q1.json", "a2.json"),
    "the image's identity is text here and a number there": asked("q1.json", "a3.json"),
    "JSON Lines are called .json": web("lines.json", "llava_instruct", *LLAVA),
    "a JSON list is called .jsonl": web("list.jsonl", "llava_instruct", *LLAVA),
    "speakers are called otherwise": web("speakers.json", "llava_instruct", *LLAVA),
    "members of a record are apart": web("apart.tar", "cc3m"),
    "names of records hold dots": web("dots.tar", "cc3m"),
    "images are behind a link": web("linked.json", "llava_instruct", "--images", "{here}/linked"),
    "the output of a corpus is forgotten": [
        "convert",
        "web2vla",
        "{here}/apart.tar",
        "{here}/dots.tar",
        *CC3M,
    ],
    "a file of a corpus is named twice": [
        "convert",
        "web2vla",
        "{here}/*.tar",
        "{here}/dots.tar",
        "{here}/new",
        *CC3M,
    ],
    "a corpus is an output": ["convert", "web2vla", "{out}", "{here}/new", *CC3M],
    "a file of a corpus is misspelt": ["convert", "web2vla", "{here}/dot.tar", "{here}/new", *CC3M],
    "the images folder is misspelt": web("lines.jsonl", "llava_instruct", "--images", "{here}/imgs"),
    "a tokenizer is named as on the Hub": [
        *("vocab", "make", "integers", "--tokenizer", "Qwen/Qwen2-VL-2B", "--recipe", "rt2-pali-x"),
        *("-o", "{here}/digits.json"),
    ],
    "the tars are not there": web("*.tgz", "cc3m"),
}


@pytest.fixture(scope="module")
def places(clean, tmp_path_factory):
    here = tmp_path_factory.mktemp("mistakes")
    convert_plainly(clean, here / "out")
    _write(here, clean)
    return {"here": str(here), "data": str(clean), "out": str(here / "out")}


def _write(here: Path, data: Path) -> None:
    for folder in ("empty", "img", "linked", "bridge_dataset"):
        (here / folder).mkdir()
    for number in range(3):
        (here / f"img/{number}.jpg").write_bytes(jpeg(number))
    (here / "many").mkdir()
    (here / "many/bridge_dataset").symlink_to(data.parent)
    (here / "linked/coco").symlink_to(here / "img")
    record = {"id": "x", "image": "0.jpg", "conversations": TURNS}
    named = [{**turn, "from": name} for turn, name in zip(TURNS, ("Human", "GPT"), strict=True)]
    texts = {
        "file.txt": "not a folder\n",
        "mine.yaml": PLAIN.read_text().replace("control_frequency_hz", "control_frequncy_hz"),
        "errata.json": json.dumps({"train-00000-000001": {"exclude": True}}),
        "two.yaml": TWO,
        "one.yaml": "name: one\nweights: shares\nepoch: no_repeats\nsources: {robot: {weight: 1}}\n",
        "plain.yaml": PLAIN.read_text(),
        "octo.yaml": "image_obs_keys: {primary: image_0}\nlanguage_key: language_instruction\n",
        "empty.yaml": "# nothing yet\n",
        "tabs.yaml": "name: mine\ncameras:\n\tprimary: observation/image_0\n",
        "keep.json": json.dumps({"episode_1": [[0, 5]]}),
        "back.json": json.dumps({"train-00000-000001": [[5, 2]]}),
        "list.json": json.dumps([{"exclude": "bad"}]),
        "texts.json": json.dumps({"train-00000-000001": "pick up the cup"}),
        "bridge.zip": "PK\x03\x04",
        "vq.yaml": ASKED,
        "q1.json": json.dumps({"questions": [{"question_id": 1, "image_id": 1, "question": "what?"}]}),
        "a2.json": json.dumps({"annotations": [{"question_id": "1", "image_id": 1, "a": "x"}]}),
        "a3.json": json.dumps({"annotations": [{"question_id": 1, "image_id": "1", "a": "x"}]}),
        "lines.json": json.dumps(record) + "\n" + json.dumps(record) + "\n",
        "lines.jsonl": json.dumps(record) + "\n",
        "list.jsonl": "[" + json.dumps(record) + ",\n" + json.dumps(record) + "]",
        "speakers.json": json.dumps([{**record, "conversations": named}]),
        "linked.json": json.dumps([{**record, "image": "coco/0.jpg"}]),
    }
    for name, text in texts.items():
        (here / name).write_text(text)
    (here / "utf16.yaml").write_text(PLAIN.read_text(), "utf-16")
    tar(here / "apart.tar", [("0.jpg", jpeg(0)), ("1.jpg", jpeg(1)), ("0.txt", b"a"), ("1.txt", b"b")])
    dots = [("22.05.png", png(0)), ("22.05.txt", b"a"), ("22.06.png", png(1)), ("22.06.txt", b"b")]
    tar(here / "dots.tar", dots)


class Here:
    """In place of the worker processes: indexes in this process, the same files, without the seconds of their start."""

    def __init__(self, *_):
        pass

    def __exit__(self, *_):
        pass

    def run(self, work):
        indexing, cache, files = work.task(list(work.items)).arguments
        cache.fill(indexing, files)


def test_every_mistake_has_its_answer(places, run, monkeypatch):
    monkeypatch.setattr("vladata.beam.running.Crew", Here)
    answers, wrong = [], list[str]()
    for mistake, words in MISTAKES.items():
        given = [word.format(**places) for word in words]
        with monkeypatch.context() as patch:
            if given[0].startswith("VLADATA_CACHE="):
                patch.setenv("VLADATA_CACHE", given.pop(0).partition("=")[2])
            said = run(*given)
        assert "Traceback" not in said.err, mistake
        shown = " ".join(word.format(here="HERE", data="DATA", out="HERE/out") for word in words)
        answer = (said.out + said.err).rstrip()
        answers.append(
            f"## {mistake}\n$ vladata {shown}\n{_anywhere(answer, places)}\nexit code {said.code}\n"
        )
        wrong += [] if said.code or "--dry-run" in words else [mistake]
    text = "\n".join(answers)
    if os.environ.get("VLADATA_REFRESH"):
        TABLE.write_text(text)
    assert text == TABLE.read_text()
    assert wrong == []


def _anywhere(text: str, places: dict[str, str]) -> str:
    """The answer without the machine: places by their names, and no times."""
    text = text.replace(places["data"], "DATA").replace(places["here"], "HERE")
    return re.sub(r"\d+\.\d s\b", "N s", text)


def test_there_are_ninety():
    assert len(MISTAKES) >= 90
