"""Any text gives a spec or a SpecError, never another error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vladata.errors import SpecError
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import FOLDERS
from vladata.spec.read import read_yaml, validate
from vladata.spec.recipe import RecipeSpec

GOOD = """\
name: mine
robot: UR5
control_frequency_hz: 10
cameras: {primary: observation/image}
language: {path: text}
actions:
  default: ee
  chains:
    ee:
      gripper: none
      names: [dx]
      operations:
        - {op: affine, in: "action[0]", out: $a, scale: [0.1], offset: 1}
        - {op: concat, of: [$a]}
terminate: {path: is_terminal, form: flag, fallback: [is_last]}
"""


def test_lines_of_keys_and_items():
    data, lines = read_yaml("# a comment\na:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n", "f.yaml")
    assert data == {"a": {"b": 1, "c": ["x", {"d": 2}]}}
    assert lines == {
        **{(): 2, ("a",): 2, ("a", "b"): 3, ("a", "c"): 4},
        **{("a", "c", 0): 5, ("a", "c", 1): 6, ("a", "c", 1, "d"): 6},
    }


# YAML 1.2, which editors check against. PyYAML reads the first four otherwise: false, 8, text and 5400.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("010", 10),
        ("1e-3", 0.001),
        ("1:30:00", "1:30:00"),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("-7", -7),
        (".5", 0.5),
        ("-1.", -1.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("'7'", "7"),
        ('"true"', "true"),
        ("12345678901234567890", 1.2345678901234567e19),
        ("9" * 5000, float("inf")),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
    ],
)
def test_scalars(text, value):
    assert read_yaml(f"a: {text}", "f.yaml")[0] == {"a": value}


def test_keys_are_text():
    assert read_yaml("on: 1\n2: 3\nnull: 4", "f.yaml")[0] == {"on": 1, "2": 3, "null": 4}


def test_an_alias_is_what_it_names():
    assert read_yaml("a: &x [1, 2]\nb: *x", "f.yaml")[0] == {"a": [1, 2], "b": [1, 2]}


def test_problems_of_the_yaml_alone():
    with pytest.raises(
        SpecError, match=r"f.yaml: 1 problem\n  line 2    a  appears twice; the first is on line 1"
    ):
        read_yaml("a: 1\na: 2", "f.yaml")


def test_problems_stand_in_the_order_of_the_file():
    text = (
        GOOD.replace("robot: UR5", "robot: 5").replace("op: affine", "op: afine") + "quirk: [x]\nname: mine\n"
    )
    with pytest.raises(SpecError) as caught:
        validate(DatasetSpec, text, "mine.yaml")
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (2, "robot"),
        (13, "actions.chains.ee.operations[0].op"),
        (16, "quirk"),
        (17, "name"),
    ]


def test_a_long_value_is_cut():
    with pytest.raises(SpecError, match=f'got "{"x" * 64}..."; allowed: a number'):
        validate(DatasetSpec, GOOD.replace("10", "x" * 5000), "mine.yaml")


@given(st.text())
def test_any_text(text):
    for model in (DatasetSpec, RecipeSpec):
        with pytest.raises(SpecError):  # no text that hypothesis thinks of is a whole spec
            validate(model, text, "f.yaml")


def outcome(text):
    try:
        return validate(DatasetSpec, text, "f.yaml")
    except SpecError as error:
        return error


SCRAPS = [
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "*a",
    "&a ",
    "!!int ",
    "null",
    "$g",
    "[0]",
    "1",
    "\n",
    "  ",
    "'",
    "|\n",
    "op",
]


@settings(max_examples=300)
@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.sampled_from(SCRAPS) | st.text(max_size=3))
def test_a_good_text_with_a_piece_replaced(start, length, piece):
    found = outcome(GOOD[:start] + piece + GOOD[start + length :])
    if isinstance(found, SpecError):
        assert found.problems
        assert str(found).startswith("f.yaml: ")
    else:
        assert DatasetSpec.model_validate(found.model_dump(mode="json")) == found


def test_the_good_text_is_good():
    assert validate(DatasetSpec, GOOD, "f.yaml").name == "mine"
    kinds = {"schema", "corpus", "recipe", "mixture", "question", "training", "evaluation", "robot"}
    assert set(FOLDERS) == kinds
