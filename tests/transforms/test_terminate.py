import numpy as np
import pytest

from vladata.errors import SourceError
from vladata.spec.episode_end import EpisodeEnd
from vladata.spec.references import parse
from vladata.transforms.table import Table
from vladata.transforms.terminate import has_ended, is_flagged, terminate


@pytest.mark.parametrize(
    ("form", "rows", "flagged"),
    [
        ("flag", [0, 0, 1], True),
        ("flag", [0, 0, 0], False),
        ("flag", [0, -2, 0], True),
        ("flag", [0, np.nan, 0], False),
        ("flag", [1, np.nan, 0], True),
        ("one_hot3", [[0, 1, 0], [1, 0, 0]], True),
        ("one_hot3", [[0, 1, 0], [0, 0, 1]], False),
        ("one_hot3", [[0, 0, 0]], False),
        ("scalar_float", [0, 1], True),
        ("scalar_float", [0, 0.5], False),
        ("scalar_float", [0, np.nan], False),
        ("action_column", [0, 0.5], True),
        ("action_column", [0, 0], False),
    ],
)
def test_forms(column, form, rows, flagged):
    assert is_flagged(column(rows), form) is flagged


@pytest.mark.parametrize(
    ("form", "width"), [("flag", 3), ("one_hot3", 1), ("scalar_float", 2), ("action_column", 2)]
)
def test_a_form_has_its_width(column, form, width):
    with pytest.raises(
        SourceError,
        match=rf"here: the end of episodes \(terminate\) has another number of columns than form: {form}; "
        f"got '{width} columns?'; allowed: ",
    ):
        is_flagged(column(np.zeros((2, width))), form, "here")


@pytest.mark.parametrize(
    ("is_terminal", "is_last", "fallback", "ended"),
    [
        (True, False, [], True),
        (False, True, [], False),  # cut off: no end
        (False, True, ["is_last"], True),
        (False, False, ["is_last"], False),
        (False, False, ["is_last", "position"], True),
        (False, False, ["position"], True),
    ],
)
def test_fallbacks_are_asked_in_turn(is_terminal, is_last, fallback, ended):
    columns = {"is_terminal": np.array([False, is_terminal]), "is_last": np.array([False, is_last])}
    table = Table(columns, {name: parse(name) for name in columns}, 2, "here")
    assert has_ended(EpisodeEnd(path="is_terminal", form="flag", fallback=fallback), table) is ended


def test_only_the_last_step_ends_an_episode():
    assert terminate(3, True).tolist() == [False, False, True]
    assert terminate(3, False).tolist() == [False, False, False]
    assert terminate(1, True).tolist() == [True]
    assert terminate(0, True).tolist() == []
    assert terminate(0, True).dtype == bool
