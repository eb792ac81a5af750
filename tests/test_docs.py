"""The documentation is true: its links have targets, its YAML is valid, its Python and commands run on the demo."""

import ast
import functools
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

import vladata
from docs.demo import make_corpus, make_episodes
from tests.trained_tokenizers import sentencepiece_unigram
from vladata.spec import find
from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.question import QuestionSpec
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec
from vladata.spec.robot_keys import RobotKeysSpec
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.training import TrainingSpec
from vladata.spec.web import WebRule
from vladata.spec.windows import ONE_STEP, Windows

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CONVERT = "convert rlds2vla out/demo/rlds/tabletop/1.0.0 --schema docs/demo/tabletop.yaml --recipe rt2-pali-x"


def blocks(language):
    """Every fenced block of that language, with a name for the test."""
    found = []
    for page in PAGES:
        for number, text in enumerate(
            re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL), 1
        ):
            torch = ("loaders.torch", "vladata.consumer", "vladata.policy")
            missing = any(name in text for name in torch) and importlib.util.find_spec("torch") is None
            marks = pytest.mark.skipif(missing, reason="torch is not installed (extra torch)")
            found.append(pytest.param(text, id=f"{page.relative_to(ROOT)} {number}", marks=marks))
    return found


def run(arguments, folder, given=None):
    environment = {
        **os.environ,
        "VLADATA_CACHE": str(folder / "cache"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, input=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


WEB = "convert web2vla out/demo/web/*.tar out/demo/pairs --schema docs/demo/blocks.yaml --recipe rt2-pali-x"
VOCAB = re.findall(r"^    vladata (.+)$", (ROOT / "docs" / "vocabularies.md").read_text(), re.MULTILINE)
MIX = "mix out/demo/mix --mixture docs/demo/half-robot-half-web.yaml --materialize"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder that looks like the repository after `make demo`, with a TFRecord output beside the WebDataset one."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "docs").symlink_to(ROOT / "docs")
    make_episodes.write(folder / "out" / "demo" / "rlds", count=10, seed=0)
    for out, options in (("vla", []), ("vla-tfrecord", ["--format", "tfrecord"])):
        command, subcommand, source, *rest = CONVERT.split()
        arguments = [command, subcommand, source, f"out/demo/{out}", *rest, *options, "--quiet"]
        run([sys.executable, "-m", "vladata.cli.main", *arguments], folder)
    make_corpus.write(folder / "out" / "demo" / "web", count=60, seed=0)
    for command in (WEB, MIX):
        run([sys.executable, "-m", "vladata.cli.main", *command.split(), "--quiet"], folder)
    sentencepiece_unigram(folder / "tokenizer" / "tokenizer.model")
    for command in VOCAB:
        run([sys.executable, "-m", "vladata.cli.main", *shlex.split(command)], folder)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("text", blocks("yaml"))
def test_schemas_and_recipes_are_valid(text, tmp_path):
    data = yaml.safe_load(text)
    if data.keys() == {"select"}:
        assert validate(Select, yaml.safe_dump(data["select"]), "block") != EVERYTHING
        return
    if data.keys() == {"windows"}:
        assert validate(Windows, yaml.safe_dump(data["windows"]), "block") != ONE_STEP
        return
    if data.keys() == {"web"}:
        assert validate(WebRule, yaml.safe_dump(data["web"]), "block") != WebRule()
        return
    if "extends" in data:
        (tmp_path / "block.yaml").write_text(text)
        assert find.recipe(str(tmp_path / "block.yaml")).name == data["name"]
        return
    by_key = {"answer": QuestionSpec, "tasks": RecipeSpec, "layout": CorpusSpec, "weights": MixtureSpec}
    by_key |= {"schedule": TrainingSpec, "protocol": RobotKeysSpec}
    model = next((model for key, model in by_key.items() if key in data), DatasetSpec)
    names = "half-robot-half-web tabletop rt2-mine fast-mine street_signs shop_questions recipes_with_steps two_views chats hands"
    examples = (*names.split(), "first-try", "my-arm", "pick", "half-and-half")
    assert validate(model, text, "block").name in examples


@pytest.fixture(scope="module")
def ran(here):
    """ran(page): what each Python block of a page printed and raised; the blocks of a page share a process."""

    @functools.cache
    def of_page(page):
        texts = [block.values[0] for block in blocks("python") if block.id.startswith(f"{page} ")]
        found = run([sys.executable, str(ROOT / "tests" / "run_blocks.py")], here, json.dumps(texts))
        return dict(zip(texts, json.loads(found.splitlines()[-1]), strict=True))

    return of_page


@pytest.mark.parametrize(
    "text",
    [block for block in blocks("python") if not block.id.startswith("docs/tutorial-")],
)  # tutorials are run with their commands: test_tutorials.py, test_tutorial_train_and_serve.py
def test_python_runs(text, request, ran):
    said, raised = ran(re.search(r"\[(.+\.md) ", request.node.name)[1])[text]
    assert raised == ""
    assert said


def test_five_commands_convert_a_dataset_of_ones_own(here):
    """As they stand in docs/schemas.md; a draft is in order without a word changed."""
    section = (ROOT / "docs" / "schemas.md").read_text().partition("## Your own dataset")[2]
    commands = re.findall(r"^    vladata (.+)$", section, re.MULTILINE)
    assert [shlex.split(command)[0] for command in commands] == [
        "schemas",
        "schemas",
        "stats",
        "convert",
        "inspect",
    ]
    said = [
        run([sys.executable, "-m", "vladata.cli.main", *shlex.split(command)], here) for command in commands
    ]
    assert "# guess" in (here / "mine.yaml").read_text()
    assert "has every key that it names" in said[1]
    assert " samples in 1 shard, " in said[3]
    assert (here / "mine.png").stat().st_size > 10_000


def test_a_vocabulary_is_made_and_proven_as_it_stands_in_the_docs(here):
    assert [shlex.split(command)[1] for command in VOCAB] == ["make", "check", "render"]
    said = run([sys.executable, "-m", "vladata.cli.main", *shlex.split(VOCAB[1])], here)
    assert said.splitlines()[-1] == "Every bin comes back from text, ids and text."
    assert vladata.vocabulary(here / "vocab.json").kind == "integers"
    said = run([sys.executable, "-m", "vladata.cli.main", *shlex.split(VOCAB[2])], here)
    assert len(re.findall(r"^    tokens  \d+ and 8; ", said, re.MULTILINE)) == 2


def test_half_robot_half_web_as_it_stands_in_the_docs(here):
    """The mixture of docs/mixing.md, without a word changed; its datasets are the demo's."""
    texts = (block.values[0] for block in blocks("yaml"))
    (text,) = (text for text in texts if "name: half-robot-half-web" in text)
    assert len(text.splitlines()) < 20
    (here / "half-robot-half-web.yaml").write_text(text)
    for name, dataset in (("bridge", "vla"), ("laion", "pairs"), ("vqav2", "pairs")):
        (here / "out" / name).symlink_to(here / "out" / "demo" / dataset)
    command = "mix out/rt2 --mixture ./half-robot-half-web.yaml --materialize --json"
    said = json.loads(run([sys.executable, "-m", "vladata.cli.main", *shlex.split(command)], here))
    given = {source["name"]: source for source in said["sources"]}
    shares = {name: source["used"] / said["samples"] for name, source in given.items()}
    wanted = {"robot": 0.5, "web/captions": 0.4, "web/vqa": 0.1}
    assert shares == pytest.approx(wanted, abs=1 / said["samples"])
    assert given["web/captions"]["left"] == {"tasks(caption)": 60, "similarity(top=10%)": 54}
    best = sorted(json.loads(record["json"])["similarity"] for record in make_corpus.records(60, 0))[-6:]
    rows = vladata.open(here / "out" / "laion").index.to_pylist()
    kept = {row["episode"] for row in rows if row["similarity"] >= np.float32(best[0])}
    mixed = vladata.open(here / "out" / "rt2").index.to_pylist()
    assert {row["episode"] for row in mixed if row["source"] == "web/captions"} == kept
    assert len(kept) == 6


def test_files_that_are_named_are_there():
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"`((?:vladata|pipelines|schemas|tests|docs)/[\w/.-]+\.(?:py|yaml|json))`", text))
    assert len(named) > 10
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def used_names(code):
    """What an example takes from vladata: "open" of vladata.open(...), "robot.run" of an import of that module."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "vladata":
            inner = node.module.removeprefix("vladata").removeprefix(".")
            yield from [inner] if inner else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("vladata.")]
            yield from (name.removeprefix("vladata.") for name in names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "vladata":
            yield node.attr


@pytest.mark.parametrize("code", blocks("python"))
def test_examples_use_public_names_only(code):
    """An example that takes anything else breaks when the house is moved."""
    public = {*vladata.PUBLIC, "loaders.torch"}  # which `import vladata` does not offer: it needs torch
    assert sorted(set(used_names(code)) - public) == []


def test_what_is_not_public_is_found():
    code = "import vladata.robot.run\nfrom vladata.errors import ParseError\nvladata.open(1)\nvladata.shut(2)"
    assert sorted(used_names(code)) == ["errors", "open", "robot.run", "shut"]


def test_the_commands_of_the_makefile_are_the_ones_of_the_command_line():
    from vladata.cli.main import COMMANDS

    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if "/vladata " in line]
    names = [shlex.split(line.split("/vladata ")[1])[0] for line in lines]
    assert names == ["convert", "verify", "inspect", "convert", "verify", "mix", "verify", "inspect"]
    assert set(names) <= set(COMMANDS)


def test_the_demo_ends_by_loading_batches_from_the_mixture(here):
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "load_batches" in line]
    module = shlex.split(line)[2]
    said = run([sys.executable, "-m", module, "out/demo/mix"], here).splitlines()
    assert f"  {'images':13}uint8 [16, 1, 1, 64, 64, 3]" in said
    dataset = vladata.open(here / "out" / "demo" / "mix")
    counts = Counter(sample.fields["dataset"] for sample in dataset)
    assert said[-1] == (
        f"{-(-len(dataset) // 16)} batches, {len(dataset)} samples: "
        f"{counts['blocks']} of blocks, {counts['tabletop']} of tabletop"
    )
