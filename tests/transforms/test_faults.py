import numpy as np
import pytest

from vladata.errors import BadText, EmptyInstruction, NotFinite
from vladata.spec.find import schema
from vladata.transforms.faults import step_faults


@pytest.fixture
def standard(episode):
    """Makes a standardised language_table episode, steps 1, 2, 3 of the source."""

    def make(texts=("push", "push", "push"), **cells):
        values = {"action": np.zeros((3, 7), np.float32), "state": np.zeros((3, 2), np.float32)}
        for name, changes in cells.items():
            for at, value in changes.items():
                values[name][at] = value
        made = episode(**values, terminate=np.zeros(3, bool), instruction=list(texts))
        made.numbers[:] = [1, 2, 3]
        return made

    return make


def test_a_sound_episode(standard):
    assert step_faults(standard()) == []


def test_the_dimension_is_named(standard):
    found = step_faults(standard(action={(1, 4): np.nan, (1, 6): np.inf}), schema("language_table"))
    assert [(index, type(error)) for index, error in found] == [(1, NotFinite)]
    assert str(found[0][1]) == (
        "set-train.tfrecord-00000-of-00001, record 3, byte 4,096, step 2: "
        "the action is not finite in dpitch, gripper; got nan."
    )


def test_without_a_schema_dimensions_have_numbers(standard):
    found = step_faults(standard(action={(0, 4): -np.inf}))
    assert found[0][1].what == "the action is not finite in 4"
    assert found[0][1].got == "-inf"


def test_the_chain_names_the_dimensions(standard):
    planar = standard(action={(0, 1): np.nan})
    assert (
        step_faults(planar, schema("language_table"), "planar")[0][1].what == "the action is not finite in dy"
    )


def test_the_state(standard):
    found = step_faults(standard(state={(2, 1): np.nan}), schema("language_table"))
    assert [(index, error.what) for index, error in found] == [(2, "the state is not finite in y")]


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_no_words(standard, text):
    found = step_faults(standard(texts=["push", text, "push"]))
    assert [(index, type(error), error.reason) for index, error in found] == [
        (1, EmptyInstruction, "empty_instruction")
    ]


def test_text_that_is_not_utf8(standard):
    found = step_faults(standard(texts=["push", "push", "push \udcff"]))
    assert [(index, type(error)) for index, error in found] == [(2, BadText)]
    assert str(found[0][1]) == (
        "set-train.tfrecord-00000-of-00001, record 3, byte 4,096, step 3: "
        "the instruction is not UTF-8; got b'push \\xff'."
    )


def test_a_step_has_one_fault_and_steps_are_in_order(standard):
    made = standard(
        texts=["", "\udcff", "push"], action={(1, 0): np.nan, (2, 0): np.nan}, state={(1, 0): np.nan}
    )
    found = step_faults(made)
    assert [(index, error.reason) for index, error in found] == [
        (0, "empty_instruction"),
        (1, "not_finite"),
        (2, "not_finite"),
    ]
    assert found[1][1].what == "the action is not finite in 0"


def test_an_episode_without_steps_has_no_faults(standard):
    whole = standard()
    assert step_faults(whole.select(np.zeros(3, bool), "none")) == []
