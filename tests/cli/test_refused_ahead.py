"""A dry run tells of an output folder that the real command would refuse, and changes nothing in it."""

import pytest

from tests.corpora.made import jpeg, tar
from tests.outcome import PLAIN, convert_plainly

REFUSED = "Without --dry-run this is refused. "
ONE = "name: one\nweights: shares\nepoch: no_repeats\nsources: {robot: {weight: 1}}\n"


@pytest.fixture
def commands(clean, tmp_path):
    """The three commands that have a dry run, without their output, and an output of the first."""
    (tmp_path / "one.yaml").write_text(ONE)
    tar(tmp_path / "web.tar", [("0.jpg", jpeg(0)), ("0.txt", b"a cup")])
    convert_plainly(clean, tmp_path / "out")
    return {
        "robot": ["convert", "rlds2vla", clean, "OUT", "--schema", PLAIN, "--recipe", "rt2-pali-x"],
        "web": [
            *("convert", "web2vla", tmp_path / "web.tar", "OUT"),
            *("--schema", "cc3m", "--recipe", "rt2-pali-x"),
        ],
        "mix": [
            *("mix", "OUT", "--mixture", tmp_path / "one.yaml"),
            *("--set", f"robot={tmp_path / 'out'}"),
        ],
    }


def dry(command, out):
    return [out if word == "OUT" else word for word in command] + ["--dry-run"]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["robot", "web", "mix"])
def test_a_folder_that_is_refused(name, commands, tmp_path, run):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    said = run(*dry(commands[name], other))
    assert said.code == 0
    assert f"{REFUSED}{other}: the folder holds files that vladata did not write; got 'mine.txt'" in said.err
    assert contents(other) == {other / "mine.txt": b"mine"}
    (other / "mine.txt").unlink()
    assert "refused" not in run(*dry(commands[name], other)).err
    assert "refused" not in run(*dry(commands[name], tmp_path / "new")).err


def test_an_output_that_is_there(commands, tmp_path, run):
    out = tmp_path / "out"
    before = contents(out)
    said = run(*dry(commands["robot"], out))
    assert (said.code, f"{REFUSED}{out}: a finished dataset is here already." in said.err) == (0, True)
    assert "refused" not in run(*dry(commands["robot"], out), "--overwrite").err
    assert contents(out) == before
