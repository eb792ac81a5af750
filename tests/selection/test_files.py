"""Keep-ranges and errata as files: what is read, what is refused by name, and that what is written reads back."""

import numpy as np
import pytest

from vladata.errors import MalformedJson, MissingFile
from vladata.selection.errata import Erratum, read_errata, said, unfilled
from vladata.selection.json_file import text_of
from vladata.selection.keep_ranges import inside, read_keep_ranges


def test_ranges_read_back(tmp_path):
    file = tmp_path / "keep.json"
    ranges = {"train-00000-000003": ((0, 41), (60, 118)), 'a "quoted" /path--x.h5': (), "ü": ((5, 5),)}
    file.write_bytes(b"".join(text_of(ranges.items())))
    found = read_keep_ranges(str(file))
    assert found.episodes == ranges
    assert list(found.episodes) == list(ranges)
    assert len(found.digest) == 64
    (tmp_path / "none.json").write_bytes(b"".join(text_of([])))
    assert read_keep_ranges(str(tmp_path / "none.json")).episodes == {}


def test_an_episode_goes_by_its_id_or_its_key(tmp_path):
    (tmp_path / "keep.json").write_text(
        '{"train-00000-000001": [[0, 2]], "gs://a--b": [[3, 4]], "": [[8, 9]]}'
    )
    found = read_keep_ranges(str(tmp_path / "keep.json"))
    assert found.episodes[found.name_of("train-00000-000001", "gs://a--b")] == ((0, 2),)
    assert found.episodes[found.name_of("train-00000-000002", "gs://a--b")] == ((3, 4),)
    assert found.name_of("train-00000-000003", "") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"e": [0, 4]}',
        '{"e": [[0, 4, 5]]}',
        '{"e": [[-1, 4]]}',
        '{"e": [[4, 1]]}',
        '{"e": [[0, 1.5]]}',
        '{"e": [[0, true]]}',
        '{"e": {"start": 1}}',
        '{"e": null}',
    ],
)
def test_what_is_no_range_is_named(tmp_path, text):
    (tmp_path / "keep.json").write_text(text)
    with pytest.raises(MalformedJson, match=r"keep\.json, e: expected ranges of frames") as error:
        read_keep_ranges(str(tmp_path / "keep.json"))
    assert "allowed: [[first, past the last], ...]" in str(error.value)


@pytest.mark.parametrize("read", [read_keep_ranges, read_errata])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "expected an object with episodes as its keys, got a list"),
        (" ", "the file is empty"),
        ("{", "this is not JSON"),
        ('{"e": [], "e": []}', "a name appears twice"),
        ("[" * 100_000, "this is not JSON"),
    ],
)
def test_what_is_no_such_file(tmp_path, read, text, says):
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(MalformedJson) as error:
        read(str(tmp_path / "file.json"))
    assert says in str(error.value)
    with pytest.raises(MissingFile):
        read(str(tmp_path / "other.json"))


def test_errata_read_back(tmp_path):
    errata = {"a": Erratum(instruction="pick up"), "b": Erratum(exclude="the camera fell"), "c": Erratum()}
    (tmp_path / "errata.json").write_bytes(b"".join(text_of((n, said(e)) for n, e in errata.items())))
    assert read_errata(str(tmp_path / "errata.json")).episodes == errata


@pytest.mark.parametrize(
    "value",
    [
        '{"instruction": "x", "exclude": "y"}',
        "{}",
        '{"exclude": ""}',
        '{"exclude": true}',
        '{"drop": "x"}',
        '"x"',
    ],
)
def test_what_is_no_erratum_is_named(tmp_path, value):
    (tmp_path / "errata.json").write_text(f'{{"train-1": {value}}}')
    with pytest.raises(
        MalformedJson, match=r"errata\.json, train-1: expected one correction of this episode"
    ):
        read_errata(str(tmp_path / "errata.json"))


def test_a_step_that_stands_for_several_lies_inside_with_all_of_them():
    numbers = np.array([0, 3, 6, 9])
    assert inside(numbers, numbers + 3, ((0, 5), (5, 9))).tolist() == [True, True, True, False]
    assert inside(numbers, numbers + 3, ((1, 12),)).tolist() == [False, True, True, True]
    assert inside(numbers, numbers + 1, ()).tolist() == [False] * 4
    assert inside(numbers, numbers + 1, ((2, 2), (3, 4))).tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ('"put it"', 'A new instruction is written {"instruction": "..."}'),
        ('{"exclude": true}', "exclude is the reason in words"),
        ('{"exclude": "bad", "instruction": "x"}', "Give one of the two"),
        ('{"instuction": "x"}', 'Did you mean "instruction"?'),
    ],
)
def test_a_wrong_erratum_says_what_is_right(tmp_path, value, hint):
    (tmp_path / "errata.json").write_text(f'{{"e": {value}}}')
    with pytest.raises(MalformedJson) as caught:
        read_errata(f"{tmp_path}/errata.json")
    assert caught.value.hint.startswith(hint)


def test_an_empty_instruction_is_told(tmp_path):
    (tmp_path / "errata.json").write_text('{"a": {"instruction": " "}, "b": {"exclude": "bad"}}')
    errata = read_errata(f"{tmp_path}/errata.json")
    assert list(unfilled(errata)) == [
        f"{tmp_path}/errata.json: 1 instruction is empty, and changes nothing; the first is of a."
    ]
    assert list(unfilled(None)) == []
