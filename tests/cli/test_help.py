"""Help: an example for every command, the same reporting options everywhere, and nothing heavy imported for it."""

import re
import subprocess
import sys

import pytest

from vladata.cli.main import ANNOTATIONS, COMMANDS, CONVERT, CORPORA, MIXTURES, RECIPES, SCHEMAS, VOCAB

GROUPS = {
    "annotations": ANNOTATIONS,
    "convert": CONVERT,
    "schemas": SCHEMAS,
    "corpora": CORPORA,
    "recipes": RECIPES,
    "mixtures": MIXTURES,
    "vocab": VOCAB,
}
EVERY = [[], *([name] for name in COMMANDS), *([g, name] for g, table in GROUPS.items() for name in table)]


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_help_has_an_example_that_names_the_command(command, run):
    for option in ("-h", "--help"):
        said = run(*command, option)
        assert said.code == 0
        text = " ".join(said.out.split())
        assert f"Example: vladata {' '.join(command)}".rstrip() in text
        assert said.err == ""


def test_the_examples_of_the_help_are_commands_that_there_are(run):
    for command in EVERY:
        help = " ".join(run(*command, "-h").out.split())
        name = re.search(
            r"Example: vladata ((?:annotations|schemas|corpora|recipes|mixtures|convert|vocab) \w+|\w+)", help
        )[1].split()
        assert name in EVERY


def test_every_command_that_reports_takes_json_quiet_and_verbose(run):
    for command in EVERY:
        if command and command[-1] not in GROUPS:
            text = run(*command, "-h").out
            assert [option for option in ("--json", "--quiet", "--verbose") if option not in text] == []


HEAVY = ("apache_beam", "tensorflow", "tensorflow_datasets", "torch", "pyarrow", "numpy", "pydantic", "yaml")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["convert", "--help"], ["schemas"], ["bogus"]]
)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom vladata.cli.main import _run\n"
        f"_run({arguments!r})\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == ""
