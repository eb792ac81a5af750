"""Every pair of recipes that ship: an output of one, rendered as the other, is what the conversion with the other wrote.

The pairs that cannot be had are refused before a sample is read, and the message names what is not there.
"""

import json

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.loaders.columns import as_rows, columns_of
from tests.rlds_data import write_bridge_like
from vladata.errors import UsageError
from vladata.loaders.rerender import Rerender
from vladata.spec import find

LENGTHS = (16, 18, 15)
NOTES = {
    "plan": "reach. Then lift: {all}",
    "task": "pick it up",
    "bboxes": '[["cup", [1, 2, 3, 4]]]',
    "subtask_reason": "it is near",
    "subtask": "reach",
    "move_reason": "it is left",
    "move": "move left",
    "gripper": "[16, 8]",
}
NAMES = [name for name in find.names("recipe") if name != "rt2-language-table"]
TEXTS = ("prompt", "target", "task", "instruction", "plan", "contract")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Recipe -> its output of the same episodes, opened."""
    folder = tmp_path_factory.mktemp("pairs")
    source = write_bridge_like(folder, len(LENGTHS), LENGTHS, size=32)
    rows = [
        {"episode": f"train-00000-{number:06d}", "start": 0, "field": field, "value": value}
        for number in range(len(LENGTHS))
        for field, value in NOTES.items()
    ]
    (folder / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in NAMES:
        # All have the table, so that what a recipe does not say of it is not told from what was never there.
        convert(
            source,
            folder / name,
            recipe=find.recipe(name),
            annotations=(str(folder / "notes.jsonl"),),
            seed=3,
        )
    return {name: vladata.open(folder / name) for name in NAMES}


def by_step(samples):
    return {(sample.episode, sample.step): sample for sample in samples}


# Stored -> asked, and what is refused of it; what is not here is had.
LONGER = {"octo": 2, "rt1": 6, "rt1-x": 15}


def is_had(stored, asked):
    ...


@pytest.mark.parametrize("asked", NAMES)
@pytest.mark.parametrize("stored", NAMES)
def test_a_pair(stored, asked, outputs):
    samples, expected = outputs[stored], by_step(outputs[asked])
    try:
        again = Rerender(samples, asked, own_images=True)
    except UsageError as refusal:
        print("REFUSED", stored, asked, str(refusal).replace("\n", " | "))
        pytest.skip("refused")
    print("HAD", stored, asked)
    columns = again.columns(columns_of(list(samples)))
    for i, sample in enumerate(samples):
        other = expected[sample.episode, sample.step]
        for name in TEXTS[:-1]:
            assert columns[name][i] == getattr(other, name), name
        np.testing.assert_array_equal(columns["bins"][i][: len(as_rows(other.bins))], as_rows(other.bins))
