"""`vladata vocab make` and `check`: what is written, what is told, exit codes, and what is refused."""

from collections import Counter

import pytest
import yaml

import vladata
from tests import trained_tokenizers as trained
from tests.conversion import convert
from tests.mix.made import web
from vladata.spec import find
from vladata.vocabularies.tokenizer import open_tokenizer


@pytest.fixture(scope="module")
def folder(clean, tmp_path_factory):
    """Tokenizers, a converted dataset, a corpus of the web and a mixture of both."""
    made = tmp_path_factory.mktemp("vocab")
    trained.byte_level_bpe(made / "bpe.json")
    trained.sentencepiece_unigram(made / "unigram.model")
    convert(clean, made / "robot")
    web(made / "w", "web", 40).rename(made / "web")
    return made


def test_made_and_checked(folder, tmp_path, run):
    path = tmp_path / "vocab.json"
    asked = ("--tokenizer", folder / "unigram.model", "--out-of", folder / "robot")
    made = run("vocab", "make", "integers", *asked, "-o", path)
    size = open_tokenizer(folder / "unigram.model").size
    vocabulary = vladata.vocabulary(path)
    assert (made.code, made.err) == (0, "")
    lines = made.out.splitlines()
    assert lines[0] == f"{path}: integers, bins 0 to 255, digest {vocabulary.digest[:16]}"
    assert lines[1].startswith(f"  {folder}/unigram.model: {size:,} ids; a model needs ")
    assert lines[-1] == "Every bin comes back from text, ids and text."
    checked = run("vocab", "check", path, *asked, "--embedding-size", size, "--json")
    dataset = vladata.open(folder / "robot")
    assert checked.code == 0
    assert checked.json["flaws"] == []
    assert checked.json["stamps"] == [
        {"contract": dataset.contract["digest"], "vocabulary": vocabulary.digest}
    ]
    assert vocabulary.stamp(dataset.contract) == checked.json["stamps"][0]
    for sample in dataset[:5]:
        assert vocabulary.bins(vocabulary.ids(sample.bins)).tolist() == sample.bins.tolist()


def test_findings_make_the_exit_code_3(folder, tmp_path, run):
    asked = ("--tokenizer", folder / "unigram.model", "--recipe", "rt2-pali-x", "-o", tmp_path / "v.json")
    said = run("vocab", "make", "fast-ids", *asked, "--vocabulary-size", 400)
    assert said.code == 3
    assert "error  byte: " in said.out
    assert vladata.vocabulary(tmp_path / "v.json").ids([0]).tolist() == [400 - 1 - 128]
    (tmp_path / "config.json").write_text('{"vocab_size": 200}')
    checked = run(
        "vocab",
        "check",
        tmp_path / "v.json",
        *asked[:4],
        "--model-config",
        tmp_path / "config.json",
        "--json",
    )
    assert checked.code == 3
    found = {flaw["kind"]: flaw for flaw in checked.json["flaws"]}
    assert set(found) == {"beyond-embedding", "small-embedding", "byte", "used-by-text"}
    assert found["beyond-embedding"]["ids"] == list(range(200, 272))


def test_the_least_used_by_an_output_and_other_text(folder, tmp_path, run):
    tokenizer = open_tokenizer(folder / "bpe.json")
    (tmp_path / "more.txt").write_text("open the drawer\n\nclose the drawer\r\n")
    asked = ("--tokenizer", folder / "bpe.json", "--out-of", folder / "robot", "-o", tmp_path / "v.json")
    corpus = ("--corpus", tmp_path / "more.txt", "--corpus", folder / "web")
    said = run("vocab", "make", "overwrite-least-used", *asked, *corpus)
    samples = [*vladata.open(folder / "robot"), *vladata.open(folder / "web")]
    texts = ["open the drawer", "close the drawer"]
    texts += [text for sample in samples for text in (sample.prompt, sample.target)]
    uses = Counter(id for text in texts for id in tokenizer.encode(text))
    free = set(range(tokenizer.size)) - tokenizer.special - tokenizer.byte_ids
    taken = sorted(sorted(free, key=lambda id: (uses[id], id))[:256])
    vocabulary = vladata.vocabulary(tmp_path / "v.json")
    assert [ids for (ids,) in vocabulary.first] == taken
    assert vocabulary.made["texts"] == len(texts)
    assert vocabulary.made["uses"] == [uses[id] for id in taken]
    assert said.code == (3 if any(vocabulary.made["uses"]) else 0)


def test_words_that_use_ids_of_bins(folder, tmp_path, run):
    """Of an output those around its actions, of a recipe those of its templates: the numbers of actions do not count."""
    tokenizer = open_tokenizer(folder / "bpe.json")
    asked = ("--tokenizer", folder / "bpe.json")
    words = [text for sample in vladata.open(folder / "robot") for text in (sample.prompt, "")]
    used = {id for text in words for id in tokenizer.encode(text)}
    ours = {tokenizer.size - 1 - b for b in range(256)}
    made = run(
        "vocab", "make", "last-ids", *asked, "--out-of", folder / "robot", "-o", tmp_path / "v.json", "--json"
    )
    found = {flaw["kind"]: flaw["ids"] for flaw in made.json["flaws"]}
    assert found == ({"used-by-text": sorted(ours & used)} if ours & used else {})
    recipe = run("vocab", "check", tmp_path / "v.json", *asked, "--recipe", "rt2-pali-x", "--json")
    template = set(tokenizer.encode("Q: what action should the robot take to ? A:"))
    found = {flaw["kind"]: flaw["ids"] for flaw in recipe.json["flaws"]}
    assert found == ({"used-by-text": sorted(ours & template)} if ours & template else {})
    low = run(
        "vocab",
        "make",
        "last-ids",
        *asked,
        "--vocabulary-size",
        600,
        "--recipe",
        "rt2-pali-x",
        "-o",
        tmp_path / "w",
        "--json",
    )
    ours = {599 - b for b in range(256)}
    assert [flaw["ids"] for flaw in low.json["flaws"] if flaw["kind"] == "used-by-text"] == [
        sorted(ours & template)
    ]
    assert ours & template


def test_a_mixture_gives_its_codecs_and_texts(folder, tmp_path, run):
    mixture = {"name": "both", "weights": "shares", "epoch": 64, "sources": {"robot": 1, "web": 1}}
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(mixture))
    made = run("mix", tmp_path / "mix", "--mixture", tmp_path / "both.yaml", "--root", folder)
    assert made.code == 0, made.err
    asked = ("--tokenizer", folder / "bpe.json", "--out-of", tmp_path / "mix", "-o", tmp_path / "v.json")
    said = run("vocab", "make", "overwrite-least-used", *asked, "--json")
    assert vladata.vocabulary(tmp_path / "v.json").made["texts"] == 128
    assert len(said.json["stamps"]) == 1


def test_a_dry_run_writes_nothing_and_a_file_is_not_replaced(folder, tmp_path, run):
    asked = ("--tokenizer", folder / "bpe.json", "--recipe", "rt2-pali-x", "-o", tmp_path / "v.json")
    dry = run("vocab", "make", "integers", *asked, "--dry-run")
    assert (dry.code, list(tmp_path.iterdir())) == (0, [])
    assert run("vocab", "make", "integers", *asked).code == 0
    again = run("vocab", "make", "integers", *asked)
    assert (again.code, again.err.splitlines()[0]) == (
        1,
        f"OutputError: {tmp_path}/v.json: the file exists already.",
    )
    assert run("vocab", "make", "last-ids", *asked, "--overwrite").code == 3
    assert vladata.vocabulary(tmp_path / "v.json").kind == "last-ids"
    assert [file.name for file in tmp_path.iterdir()] == ["v.json"]


def test_a_vocabulary_of_another_codec(folder, tmp_path, run):
    recipe = find.recipe("rt2-pali-x").model_dump(mode="json")
    recipe["action"]["bins"] = 100
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe))
    asked = ("--tokenizer", folder / "bpe.json", "--recipe")
    assert run("vocab", "make", "integers", *asked, tmp_path / "r.yaml", "-o", tmp_path / "v.json").code == 0
    said = run("vocab", "check", tmp_path / "v.json", *asked, "rt2-pali-x")
    assert (said.code, said.out) == (1, "")
    assert "the vocabulary was made for bins 0 to 99, but codec rt2 has bins 0 to 255" in said.err


def test_a_schema_says_how_wide_an_action_is(folder, tmp_path, run):
    asked = ("--tokenizer", folder / "bpe.json", "--recipe", "rt2-pali-x", "--schema", "aloha_mobile")
    assert run("vocab", "make", "integers", *asked, "-o", tmp_path / "v.json").code == 0
    width = len(vladata.schema("aloha_mobile").chain(None).names) + 1
    assert vladata.vocabulary(tmp_path / "v.json").widths == (width,)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["integers"], 2, "Say what the vocabulary is for: --recipe R, or --out-of OUT."),
        (["integers", "--recipe", "rt2-pali-x", "--out-of", "x"], 2, "Say what the vocabulary is for"),
        (["integers", "--out-of", "x", "--schema", "viola"], 2, "--schema goes with --recipe"),
        (["last-ids", "--recipe", "rt2-pali-x", "--digits"], 2, "--digits is of no use to last-ids."),
        (
            ["integers", "--recipe", "rt2-pali-x", "--vocabulary-size", "9"],
            2,
            "--vocabulary-size is of no use",
        ),
        (["integers", "--recipe", "rt2-pali-x", "--corpus", "x"], 2, "--corpus is of no use to integers"),
        (
            ["overwrite-least-used", "--recipe", "rt2-pali-x"],
            2,
            "there is no text in which to count the uses of ids",
        ),
        (["overwrite-least-used", "--recipe", "rt2-pali-x", "--corpus", "no"], 1, "NotADataset: "),
        (["added-tokens", "--recipe", "rt2-pali-x"], 2, "the pattern does not have a place for the number"),
        (["integers", "--recipe", "rt2-pali-x", "--digits"], 1, "numbers are not one token per digit"),
        (
            ["last-ids", "--recipe", "rt2-pali-x", "--embedding-size", "9", "--model-config", "x"],
            2,
            "give one of",
        ),
        (
            ["last-ids", "--recipe", "rt2-pali-x", "--model-config", "x"],
            1,
            "the model's config cannot be read",
        ),
        (["wrong", "--recipe", "rt2-pali-x"], 2, "Invalid value for"),
    ],
)
def test_what_is_refused(folder, tmp_path, run, arguments, code, says):
    said = run("vocab", "make", *arguments, "--tokenizer", folder / "bpe.json", "-o", tmp_path / "v.json")
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert not (tmp_path / "v.json").exists()


def test_a_web_corpus_has_no_bins(folder, tmp_path, run):
    asked = ("--tokenizer", folder / "bpe.json", "--out-of", folder / "web", "-o", tmp_path / "v.json")
    said = run("vocab", "make", "integers", *asked)
    assert said.code == 2
    assert "the dataset has no action contract, so it has no bins" in said.err
