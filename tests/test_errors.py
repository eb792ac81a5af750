"""The exact forms of the text of an error, which is made in one place."""

import inspect
import pickle

import pytest

from vladata import errors
from vladata.errors import MissingKey, Problem, SpecError, UnknownName, VladataError


def test_all_parts():
    error = VladataError("a fault", where="file.x, byte 7", got=b"ab", allowed="cd", hint="Do this.")
    assert str(error) == "file.x, byte 7: a fault; got b'ab'; allowed: cd.\n  Do this."


def test_only_what():
    assert str(VladataError("a fault")) == "a fault."


def test_data_is_cut_to_64_characters():
    assert VladataError("a", got=b"x" * 1000).got == "b'" + "x" * 62 + "..."


def test_zero_is_shown():
    assert str(VladataError("a", got=0)) == "a; got 0."


def test_spec_error_lists_every_problem():
    error = SpecError(
        "mine.yaml", [Problem(14, "actions.ee[2].op", "got x"), Problem(21, "gripper", "got y")]
    )
    assert str(error) == (
        "mine.yaml: 2 problems\n  line 14   actions.ee[2].op  got x\n  line 21   gripper           got y"
    )


def test_unknown_name_offers_the_nearest():
    error = UnknownName("schema", "bridge_datset", ["language_table", "bridge_dataset"])
    assert str(error) == (
        'there is no schema "bridge_datset".\n'
        '  Did you mean "bridge_dataset"? Known: bridge_dataset, language_table.'
    )


@pytest.mark.parametrize(
    "error",
    [
        MissingKey("no key", where="x", got=1, allowed="y", hint="z"),
        SpecError("mine.yaml", [Problem(1, "a", "b")]),
        UnknownName("schema", "a", ["b"]),
    ],
    ids=lambda error: error.title,
)
def test_errors_survive_a_process_border(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_the_tree_in_the_docstring_is_the_tree():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, VladataError)]
    listed = [
        line.strip("│├└─ ").split()[0] for line in errors.__doc__.splitlines() if line.startswith("    ")
    ]
    assert sorted(listed) == sorted(c.__name__ for c in classes)


def test_a_usage_error_is_exit_code_2():
    assert (
        errors.UsageError("x").exit_code,
        errors.SpecError("x", []).exit_code,
        VladataError("x").exit_code,
    ) == (2, 2, 1)
