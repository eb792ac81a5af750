"""One leaf's values, from the features of a record to a column: literal features in, column out."""

import zlib

import numpy as np
import pytest

from vladata.errors import MalformedExample
from vladata.sources.columns import column, count, keys, value
from vladata.sources.features import Leaf


def leaf(dtype="float32", shape=(), lengths=(None,), encoding="none", kind="number"):
    return Leaf("steps/a", kind, dtype, shape, encoding, True, lengths, "Tensor")


def floats(*values):
    return np.array(values, np.float32)


def ints(*values):
    return np.array(values, np.int64)


def views(*values):
    return [memoryview(item) for item in values]


def assert_array(found, dtype, values):
    assert found.dtype == dtype
    assert found.tolist() == values


@pytest.mark.parametrize(
    ("one", "stored", "dtype", "values"),
    [
        (leaf(shape=(2,)), floats(1, 2, 3, 4), np.float32, [[1, 2], [3, 4]]),
        (leaf("float64", (1, 2)), floats(1, 2, 3, 4), np.float64, [[[1, 2]], [[3, 4]]]),
        (leaf("float16"), floats(1, 1e9), np.float16, [1, float("inf")]),
        (leaf("bool"), ints(0, 1), np.bool_, [False, True]),
        (leaf("uint8"), ints(0, 255), np.uint8, [0, 255]),
        (leaf("uint64"), ints(-1, 5), np.uint64, [2**64 - 1, 5]),
        (leaf("int8", (2,), (None,), "bytes"), views(b"\x01\xff", b"\x02\x03"), np.int8, [[1, -1], [2, 3]]),
        (
            leaf("bool", (2,), (None,), "bytes"),
            views(b"\x00\x02", b"\x01\x00"),
            np.bool_,
            [[False, True], [True, False]],
        ),
        (
            leaf("uint16", (), (None,), "zlib"),
            views(*map(zlib.compress, (b"\x01\x02", b"\x00\x00"))),
            np.uint16,
            [513, 0],
        ),
    ],
)
def test_arrays(one, stored, dtype, values):
    found = column(one, {"steps/a": stored}, 2)
    assert_array(found, dtype, values)
    assert found.flags.owndata or found.base.flags.owndata  # a small column must not keep its record alive
    assert count(one, {"steps/a": stored}) == 2


@pytest.mark.parametrize(
    ("one", "shape"),
    [(leaf(shape=(7,)), (0, 7)), (leaf("int8", (2, 3), (None,), "zlib"), (0, 2, 3)), (leaf("bool"), (0,))],
)
def test_no_steps_give_empty_arrays_of_the_right_shape(one, shape):
    stored = views() if one.encoding == "zlib" else ints() if one.dtype == "bool" else floats()
    assert column(one, {"steps/a": stored}, 0).shape == shape


def test_a_feature_without_kind_is_empty():
    assert column(leaf(shape=(7,)), {"steps/a": None}, 0).shape == (0, 7)
    assert column(leaf(kind="text"), {"steps/a": None}, 0) == []


def test_texts_are_bytes_and_images_stay_views():
    stored = views(b"one", b"two")
    assert column(leaf("string", kind="text"), {"steps/a": stored}, 2) == [b"one", b"two"]
    images = column(leaf("uint8", (4, 4, 3), encoding="jpeg", kind="image"), {"steps/a": stored}, 2)
    assert images[0] is stored[0]


def test_arrays_of_texts():
    found = column(leaf("string", (2,), kind="text"), {"steps/a": views(b"a", b"b", b"", b"d")}, 2)
    assert_array(found, object, [[b"a", b"b"], [b"", b"d"]])


def test_lists_of_any_length_are_lists_of_arrays():
    one = leaf("int32", lengths=(None, None))
    assert keys(one) == ("steps/a/ragged_flat_values", "steps/a/ragged_row_lengths_0")
    stored = {"steps/a/ragged_flat_values": ints(1, 2, 3), "steps/a/ragged_row_lengths_0": ints(2, 0, 1)}
    found = column(one, stored, 3)
    assert [row.tolist() for row in found] == [[1, 2], [], [3]]
    assert {row.dtype for row in found} == {np.dtype(np.int32)}


def test_lists_of_declared_length_are_one_array():
    one = leaf("int64", (2,), (None, 2))
    stored = {"steps/a/ragged_flat_values": ints(*range(8)), "steps/a/ragged_row_lengths_0": ints(2, 2)}
    assert_array(column(one, stored, 2), np.int64, [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])


@pytest.mark.parametrize(
    ("lengths", "rows", "inner", "found"),
    [
        ((None, None, None), (2, 0), (1, 2), [[[0], [1, 2]], []]),
        ((None, None, 3), (1, 0), (3,), [[[0, 1, 2]], []]),
        ((None, 1, None), (1, 1), (3, 0), [[[0, 1, 2]], [[]]]),
    ],
)
def test_lists_in_lists(lengths, rows, inner, found):
    stored = {
        "steps/a/ragged_flat_values": ints(0, 1, 2),
        "steps/a/ragged_row_lengths_0": ints(*rows),
        "steps/a/ragged_row_lengths_1": ints(*inner),
    }
    ours = column(leaf("int64", lengths=lengths), stored, 2)
    assert [[np.asarray(row).tolist() for row in step] for step in ours] == found


def test_tensors_that_bring_their_shape():
    one = leaf("uint8", (None, None, 1), encoding="bytes")
    assert keys(one) == ("steps/a/value", "steps/a/shape")
    stored = {"steps/a/value": views(b"\x01\x02", b""), "steps/a/shape": ints(2, 1, 1, 0, 5, 1)}
    first, second = column(one, stored, 2)
    assert_array(first, np.uint8, [[[1]], [[2]]])
    assert second.shape == (0, 5, 1)


def test_one_unknown_dimension_follows_from_the_bytes():
    found = column(
        leaf("int16", (None, 2), encoding="bytes"), {"steps/a": views(b"\x01\x00\x02\x00", b"")}, 2
    )
    assert [item.tolist() for item in found] == [[[1, 2]], []]
    assert found[1].shape == (0, 2)


@pytest.mark.parametrize(
    ("one", "stored", "expected"),
    [
        (leaf("int32", lengths=()), ints(5), np.int32(5)),
        (leaf("string", lengths=(), kind="text"), views(b"a"), b"a"),
        (leaf("uint8", (1, 1, 3), (), "png", "image"), views(b"png"), b"png"),
        (leaf("string", lengths=(None,), kind="text"), views(b"a", b"b"), [b"a", b"b"]),
    ],
)
def test_values_outside_the_steps(one, stored, expected):
    found = value(one, {"steps/a": stored})
    assert type(found) is type(expected)
    assert found == expected


def test_an_unknown_dimension_outside_the_steps_follows_from_the_count():
    assert value(leaf(shape=(None, 3), lengths=()), {"steps/a": floats(*range(6))}).shape == (2, 3)


LISTS = leaf("int64", lengths=(None, None))
TENSORS = leaf("uint8", (None, None), encoding="zlib")
BOMB = zlib.compress(bytes(10_000_000))


@pytest.mark.parametrize(
    ("one", "stored", "says"),
    [
        (
            leaf(shape=(7,)),
            {},
            "steps/a: the record lacks a key of features.json; allowed: float32[7]",
        ),
        (
            leaf(shape=(7,)),
            {"steps/a": floats(*range(13))},
            "the record holds 13 values, but features.json says a multiple of 7",
        ),
        (
            leaf(shape=(7,)),
            {"steps/a": floats(*range(21))},
            "holds 3 values of float32[7], but features.json says 2, one per step",
        ),
        (
            leaf(),
            {"steps/a": ints(1, 2)},
            "steps/a: the record holds int64, but features.json says float32, stored as float32",
        ),
        (
            leaf(),
            {"steps/a": views(b"x")},
            "the record holds bytes, but features.json says float32, stored as float32",
        ),
        (
            leaf("bool"),
            {"steps/a": floats(1, 2)},
            "the record holds float32, but features.json says bool, stored as int64",
        ),
        (
            leaf(kind="image"),
            {"steps/a": floats(1)},
            "the record holds float32, but features.json says encoded images, stored as bytes",
        ),
        (leaf("int8"), {"steps/a": ints(1, 128)}, "steps/a: a value does not fit int8; got 128"),
        (leaf("uint8"), {"steps/a": ints(-1, 0)}, "a value does not fit uint8; got -1"),
        (
            leaf("int8", (2,), encoding="bytes"),
            {"steps/a": views(b"abc", b"")},
            "a value of 3 bytes, but features.json says 2 for",
        ),
        (
            leaf("int8", (2,), encoding="zlib"),
            {"steps/a": views(b"abc")},
            "steps/a: a zlib value cannot be unpacked: Error",
        ),
        (
            leaf("int8", (2,), encoding="zlib"),
            {"steps/a": views(BOMB)},
            "a zlib value that is cut or too long",
        ),
        (
            leaf("int8", (9,), encoding="zlib"),
            {"steps/a": views(BOMB[:20])},
            "a zlib value that is cut or too long",
        ),
        (leaf("int16", (None,), encoding="bytes"), {"steps/a": views(b"abc")}, "a value of 3 bytes"),
        (leaf("int16", (None, 0), encoding="bytes"), {"steps/a": views(b"ab")}, "a value of 2 bytes"),
        (
            TENSORS,
            {"steps/a/value": views(b""), "steps/a/shape": ints(1, 2, 3)},
            "the record holds 3 sizes for 1 values, but features.json says 2 per value",
        ),
        (
            TENSORS,
            {"steps/a/value": views(b""), "steps/a/shape": ints(-1, 2)},
            "a value of shape (-1, 2), but features.json says uint8[?,?]",
        ),
        (
            TENSORS,
            {"steps/a/value": views(zlib.compress(b"")), "steps/a/shape": ints(2**62, 2**62)},
            "a value of 0 bytes",
        ),
        (
            LISTS,
            {"steps/a/ragged_flat_values": ints(1, 2), "steps/a/ragged_row_lengths_0": ints(1, 2)},
            "the record holds 2 values, but features.json says the 3 that steps/a/ragged_row_lengths_0 adds up to",
        ),
        (
            LISTS,
            {"steps/a/ragged_flat_values": ints(1, 2), "steps/a/ragged_row_lengths_0": ints(3, -1)},
            "steps/a/ragged_row_lengths_0: a list has a negative length; got -1",
        ),
        (
            leaf("int64", lengths=(None, 2)),
            {"steps/a/ragged_flat_values": ints(1, 2), "steps/a/ragged_row_lengths_0": ints(1, 1)},
            "the record holds a list of 1, but features.json says 2",
        ),
        (
            leaf(lengths=(3,)),
            {"steps/a": floats(1, 2)},
            "the record holds a list of 2, but features.json says 3",
        ),
    ],
)
def test_what_does_not_match_names_the_key_and_the_counts(one, stored, says):
    with pytest.raises(MalformedExample) as caught:
        column(one, stored, 2)
    assert says in str(caught.value)


def test_more_than_one_value_where_one_is_declared():
    with pytest.raises(MalformedExample, match=r"holds 2 values of int32, but features.json says 1"):
        value(leaf("int32", lengths=()), {"steps/a": ints(1, 2)})
