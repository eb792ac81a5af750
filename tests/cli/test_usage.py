"""Every mistake that a user can make has its message and exit code, and none a traceback."""

import re
import subprocess
import sys

import pytest

from tests.outcome import convert_plainly
from vladata.actions.codecs.table import CODECS
from vladata.cli.main import _run

CONVERTING = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x"]


@pytest.fixture(scope="module")
def finished(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "out"
    convert_plainly(clean, out)
    return out


USAGE = {
    "no arguments": (["convert", "rlds2vla"], "Error: Missing argument 'SOURCE'."),
    "one argument": (["convert", "rlds2vla", "a"], "Error: Missing argument 'OUT'."),
    "three arguments": (
        ["convert", "rlds2vla", "a", "b", "c", *CONVERTING],
        'Error: Got an unexpected argument "c". Beam options come after "--".',
    ),
    "no schema": (["convert", "rlds2vla", "a", "b"], "Error: Missing option '--schema'."),
    "no recipe": (
        ["convert", "rlds2vla", "a", "b", *CONVERTING[:2]],
        "  Give one, for example rt2-pali-x. `vladata recipes list` lists them.",
    ),
    "an option without a value": (
        ["stats", "a", "--schema"],
        "Error: Option '--schema' requires an argument.",
    ),
    "an unknown command": (["converts"], 'Error: There is no command "converts". Did you mean "convert"?'),
    "an unknown command of a group": (
        ["schemas", "x"],
        'Error: There is no command "x". Known: list, show, check, infer, diff.',
    ),
    "a format": (
        ["convert", "rlds2vla", "a", "b", *CONVERTING, "--format", "zip"],
        "Error: Invalid value for '--format': 'zip' is not one of 'webdataset', 'tfrecord', 'rlds', 'lerobot'.",
    ),
    "workers": (
        ["index", "a", "--workers", "0"],
        "Error: Invalid value for '--workers': expected a whole number from 1 to 512; got 0",
    ),
    "a chain without a schema": (
        ["index", "a", "--chain", "b"],
        "Error: --chain names an action chain of a schema: give --schema too.",
    ),
    "quiet and verbose": (
        ["inspect", "a", "--quiet", "--verbose"],
        "Error: --quiet and --verbose ask for opposite things.",
    ),
    **{
        f"memory {text}": (
            ["convert", "rlds2vla", "a", "b", *CONVERTING, "--memory", text],
            f"Error: Invalid value for '--memory': \"{text}\" {says}",
        )
        for text, says in {
            "much": "is not a size; write 256MB, 1.5GiB or 4096B",
            "12 XB": "is not a size; write 256MB, 1.5GiB or 4096B",
            "": "is not a size; write 256MB, 1.5GiB or 4096B",
            "256": "has no unit: 256 MB or 256 GB? Write 256MB or 256GB",
            "0": "is out of range; expected 1B or more, such as 256MB or 1.5GiB",
            "-1MB": "is out of range; expected 1B or more, such as 256MB or 1.5GiB",
            "1e400MB": "is out of range; expected 1B or more, such as 256MB or 1.5GiB",
        }.items()
    },
    **{
        f"max-rejected {text}": (
            ["convert", "rlds2vla", "a", "b", *CONVERTING, "--max-rejected", text],
            f"Error: Invalid value for '--max-rejected': \"{text}\" {says}",
        )
        for text, says in {
            "few": "is neither a whole number nor a share such as 2%",
            "1.5": "is neither a whole number nor a share such as 2%",
            "%": "is neither a whole number nor a share such as 2%",
            "2%%": "is neither a whole number nor a share such as 2%",
            "-1": "is out of range; expected 0 or more, or a share from 0% to 100%",
            "101%": "is out of range; expected 0 or more, or a share from 0% to 100%",
            "nan%": "is out of range; expected 0 or more, or a share from 0% to 100%",
        }.items()
    },
}


@pytest.mark.parametrize("mistake", USAGE)
def test_wrong_usage(mistake, run):
    arguments, says = USAGE[mistake]
    said = run(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1] == says


def test_an_unknown_option(run):
    said = run("inspect", "a", "--shet", "b")
    assert (said.code, said.out) == (2, "")
    assert re.match(r"Error: No such option.*--shet.*--sheet", said.err.splitlines()[-1])


CONVERT_MISTAKES = {
    "schema": (
        ["--schema", "bridge_datset"],
        2,
        'UnknownName: there is no schema "bridge_datset".\n'
        '  Did you mean "bridge_dataset"? 86 are known. `vladata schemas list` lists them.\n',
    ),
    "recipe": (
        ["--recipe", "rt2-palix"],
        2,
        'UnknownName: there is no recipe "rt2-palix".\n  Did you mean "rt2-pali-x"? Known: ',
    ),
    "schema file": (
        ["--schema", "./nosuch.yaml"],
        1,
        "MissingFile: nosuch.yaml: there is no schema file at this path.\n",
    ),
    "split": (
        ["--split", "tran"],
        2,
        'UnknownName: bridge_dataset: there is no split "tran".\n  Did you mean "train"? Known: train, val.\n',
    ),
    "the same split twice": (
        ["--split", "train+train"],
        2,
        "UsageError: split 'train+train': the split holds records 0 to 4 of train twice.\n",
    ),
    "slice": (
        ["--split", "train[:5]"],
        2,
        "UsageError: train[:5]: the slice goes beyond the split; allowed: 4 records.\n",
    ),
    "no slice": (
        ["--split", "train["],
        2,
        "UsageError: split 'train[': this is not a split; got 'train['; allowed: ",
    ),
    "Beam runner": (
        ["--", "--runner=Nope"],
        2,
        "UsageError: Beam refuses these options; got '--runner=Nope'.\n  Unexpected pipeline runner: Nope. ",
    ),
    "Beam option without a value": (
        ["--", "--runner"],
        2,
        "UsageError: Beam refuses these options; got '--runner'.\n  argument --runner: expected one argument\n",
    ),
    "keys that the data has not": (
        ["--schema", "language_table"],
        1,
        'MissingKey: schema language_table: the data has no keys "observation/rgb" (cameras.primary), '
        '"observation/instruction" (language.path), "observation/effector_translation" (state.of[0]); allowed: '
        "action, discount, is_first, is_last, is_terminal, language_instruction, observation/image_0, "
        "observation/image_1, observation/image_2, observation/image_3, observation/state, reward.\n  Did you mean ",
    ),
}


@pytest.mark.parametrize("mistake", CONVERT_MISTAKES)
def test_a_conversion_that_cannot_begin(mistake, clean, tmp_path, run):
    options, code, says = CONVERT_MISTAKES[mistake]
    said = run("convert", "rlds2vla", clean, tmp_path / "out", *CONVERTING, *options)
    assert (said.code, said.out) == (code, "")
    said_by_us = said.err[said.err.index(says.split(":")[0]) :]  # Beam logs before we speak
    assert said_by_us.startswith(says)
    assert not (tmp_path / "out").exists()


RECIPE = """name: mine
tasks: {action: {prompt: "Q: {instrution}"}}
action: {codec: rt3, bounds: quantiles}
images: {cameras: [front], size: big}
"""


def test_every_problem_of_a_recipe_at_once(clean, tmp_path, run):
    (tmp_path / "mine.yaml").write_text(RECIPE)
    said = run(
        "convert", "rlds2vla", clean, tmp_path / "out", *CONVERTING, "--recipe", tmp_path / "mine.yaml"
    )
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"SpecError: {tmp_path}/mine.yaml: 3 problems\n"
        '  line 2    tasks.action.prompt  got "{instrution}", which is not replaced by anything; '
        "allowed: {instruction}, {state}, {plan}, "
        "{subtask}, {memory}, {paraphrase}, {box}, {point}, {trace}, {gripper}, {movement}, {subgoal}, {note_FIELD}\n"
        f'  line 3    action.codec         got "rt3"; did you mean "rt2"? (one of {len(CODECS)})\n'
        '  line 4    images.size          got "big"; allowed: a whole number\n'
    )


def test_a_camera_that_the_schema_has_not(clean, tmp_path, run):
    text = "name: mine\ntasks: {action: {}}\naction: {codec: rt2, bounds: quantiles}\nimages: {cameras: [wrist]}\n"
    (tmp_path / "mine.yaml").write_text(text)
    said = run(
        "convert", "rlds2vla", clean, tmp_path / "out", *CONVERTING, "--recipe", tmp_path / "mine.yaml"
    )
    assert (said.code, said.err) == (
        2,
        'UnknownName: recipe mine, images.cameras, schema bridge_dataset: there is no camera "wrist".\n'
        "  Known: fourth, primary, secondary, third. --cameras first (in a recipe, images: {cameras: first}) takes the "
        "schema's first camera, with any name, and calls its image primary.\n",
    )


def test_a_chain_that_the_schema_has_not(clean, run):
    for command in (["stats"], ["index"]):
        said = run(*command, clean, "--schema", "bridge_dataset", "--chain", "octa")
        assert (said.code, said.err) == (
            2,
            'UnknownName: schema bridge_dataset: there is no action chain "octa".\n'
            '  Did you mean "octo"? Known: octo, openvla.\n',
        )


def test_a_source_that_is_a_file(clean, tmp_path, run):
    file = clean / "features.json"
    said = run("convert", "rlds2vla", file, tmp_path / "out", *CONVERTING)
    assert (said.code, said.err) == (
        1,
        f"SourceError: {file}: this is a file, but a dataset is a folder.\n  Give the folder of this file: {clean}\n",
    )


def test_a_source_that_is_not_there(tmp_path, run):
    said = run("stats", tmp_path / "nosuch", "--schema", "bridge_dataset")
    assert (said.code, said.err) == (
        1,
        f"MissingFile: {tmp_path}/nosuch: the file or folder does not exist.\n"
        f'  The folder {tmp_path} exists, but has no "nosuch"; it holds nothing.\n',
    )


@pytest.mark.parametrize("command", ["inspect", "verify"])
def test_an_output_that_is_none(command, clean, run):
    for path in (clean, clean / "features.json", clean / "nosuch"):
        said = run(command, path)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(
            f"NotADataset: {path}: there is no manifest.json, so this is not an output of vladata."
        )


def test_an_output_that_is_a_file(clean, tmp_path, run):
    file = tmp_path / "notes.txt"
    file.touch()
    said = run("convert", "rlds2vla", clean, file, *CONVERTING)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"OutputError: {file}: cannot write: a file has the name of this folder.\n"
        "  Name a new or empty folder.\n"
    )


def test_an_output_that_is_the_source(clean, run):
    before = sorted(clean.iterdir())
    said = run("convert", "rlds2vla", clean, clean, *CONVERTING, "--overwrite")
    assert (said.code, said.out) == (2, "")
    assert "the output is the source itself" in said.err
    assert sorted(clean.iterdir()) == before


def test_a_finished_output(clean, finished, run):
    said = run("convert", "rlds2vla", clean, finished, *CONVERTING)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"OutputExists: {finished}: a finished dataset is here already.\n"
        "  Choose another folder, or replace it with --overwrite.\n"
    )


def test_a_real_process_ends_with_that_code_and_that_text(clean, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "vladata.cli.main", "stats", clean, "--schema", "bridge_datset"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        'UnknownName: there is no schema "bridge_datset".\n  Did you mean "bridge_dataset"?'
    )


def test_an_interrupt_is_130(monkeypatch, capsys, clean):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("vladata.cli.stats.open_index", interrupted)
    assert _run(["stats", str(clean), "--schema", "bridge_dataset"]) == 130
    assert capsys.readouterr().err == "\nInterrupted. The same command goes on from here.\n"
