"""tf.Example: the walk against bytes that TensorFlow wrote, and against protobuf on every odd message that we can think of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rlds_data import tfds
from vladata.errors import MalformedExample
from vladata.formats import example
from vladata.formats.example import encode_example, parse_example

# tf.train.Example with b: bytes [x, ""], a: floats [1, -0.5], c: int64 [0, 300, -1], d: no kind;
# .SerializeToString(deterministic=True).hex()
GOLDEN = bytes.fromhex(
    "0a400a110a0161120c120a0a080000803f000000bf0a0c0a016212070a050a01780a00"
    "0a160a016312111a0f0a0d00ac02ffffffffffffffffff010a050a01641200"
)


def field(tag: int, content: bytes) -> bytes:
    """A field with a length in front, under 16 KiB."""
    size = (
        bytes([len(content)]) if len(content) < 128 else bytes([len(content) & 127 | 128, len(content) >> 7])
    )
    return bytes([tag]) + size + content


def one_feature(value: bytes, key: bytes = b"k") -> bytes:
    return field(10, field(10, field(10, key) + field(18, value)))


def by_protobuf(data: bytes) -> object:
    """What protobuf makes of `data`, in a form that can be compared; the string "refused" when it refuses."""
    tfds()
    from google.protobuf.message import DecodeError
    from tensorflow_datasets.proto import tf_example_pb2

    try:
        features = tf_example_pb2.Example.FromString(data).features.feature
    except DecodeError:
        return "refused"
    found = {}
    for key in features:
        kind = features[key].WhichOneof("kind")
        values = getattr(features[key], kind).value if kind else []
        found[key] = (kind, [repr(float(v)) if kind == "float_list" else v for v in values])
    return found


def by_us(data: bytes) -> object:
    try:
        features = parse_example(data)
    except MalformedExample:
        return "refused"
    return {key: comparable(value) for key, value in features.items()}


def comparable(value: example.Feature) -> object:
    if value is None:
        return None, []
    if isinstance(value, list):
        return "bytes_list", [bytes(item) for item in value]
    assert value.dtype in (np.float32, np.int64)
    if value.dtype == np.float32:
        return "float_list", [repr(float(v)) for v in value]
    return "int64_list", value.tolist()


def test_parses_what_tensorflow_wrote(monkeypatch):
    monkeypatch.setattr(example, "_parse_by_protobuf", None)  # the walk alone must do
    features = parse_example(GOLDEN)
    assert features.keys() == {"a", "b", "c", "d"}
    assert features["a"].dtype == np.float32
    assert features["a"].tolist() == [1, -0.5]
    assert features["b"] == [b"x", b""]
    assert features["c"].dtype == np.int64
    assert features["c"].tolist() == [0, 300, -1]
    assert features["d"] is None


def test_bytes_values_and_floats_are_views_of_the_record():
    record = encode_example({"image": [b"jpeg"], "state": np.ones(2, np.float32)})
    features = parse_example(record)
    assert features["image"][0].obj is record
    assert not features["state"].flags.owndata
    assert not features["state"].flags.writeable


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_takes_any_buffer(kind):
    assert parse_example(kind(GOLDEN))["b"] == [b"x", b""]


def test_only_wanted_features_are_returned_by_the_walk_and_by_protobuf():
    assert parse_example(GOLDEN, {"b", "z"}) == {"b": [b"x", b""]}
    assert parse_example(GOLDEN + field(10, b""), {"b", "z"}) == {"b": [b"x", b""]}


def test_an_unwanted_feature_is_stepped_over_unread():
    broken = field(10, field(10, field(10, b"k") + field(18, b"\x1a\x03\x0a\x01\xff")))
    assert parse_example(broken, {"other"}) == {}
    with pytest.raises(MalformedExample, match=r"this is not a tf.Example"):
        parse_example(broken, {"k"})


def test_encodes_as_protobuf_does():
    features = {"b": [b"x", b""], "a": np.float32([1, -0.5]), "c": np.int64([0, 300, -1])}
    assert encode_example(features) == bytes([10, 0x40 - 7]) + GOLDEN[2:-7]


@pytest.mark.parametrize("values", [np.float64([1.0]), np.int32([1])])
def test_refuses_to_encode_other_dtypes(values):
    with pytest.raises(TypeError, match=f"bytes, float32 and int64, not {values.dtype}"):
        encode_example({"k": values})


INT64_EDGES = [0, 1, 127, 128, 16383, 16384, 2**31, 2**62, 2**63 - 1, -1, -(2**63)]


def test_integers_of_every_length():
    values = np.array(INT64_EDGES)
    data = encode_example({"k": values})
    assert by_protobuf(data) == {"k": ("int64_list", INT64_EDGES)}
    assert parse_example(data)["k"].tolist() == INT64_EDGES


ODD = {
    "nothing": b"",
    "no features": field(10, b""),
    "features twice": one_feature(field(18, b""), b"a") + one_feature(field(18, b""), b"b"),
    "a key twice": field(10, 2 * field(10, field(10, b"k") + field(18, field(10, field(10, b"x"))))),
    "a key twice, second without kind": field(
        10, field(10, field(10, b"k") + field(18, field(10, field(10, b"x")))) + field(10, field(10, b"k"))
    ),
    "an entry without key": field(10, field(10, field(18, field(10, field(10, b"x"))))),
    "an entry without value": field(10, field(10, field(10, b"k"))),
    "value before key": field(10, field(10, field(18, field(10, b"")) + field(10, b"k"))),
    "an empty entry": field(10, field(10, b"")),
    "an unknown field": one_feature(field(10, b"")) + b"\x20\x01",
    "two kinds, the last wins": one_feature(field(10, field(10, b"x")) + field(26, field(10, b"\x05"))),
    "one kind twice, merged": one_feature(field(10, field(10, b"x")) + field(10, field(10, b"y"))),
    "unpacked integers": one_feature(field(26, b"\x08\x05\x08\x96\x01")),
    "packed and unpacked integers": one_feature(field(26, field(10, b"\x01\x02") + b"\x08\x03")),
    "packed twice": one_feature(field(26, field(10, b"\x01\x02") + field(10, b"\x03"))),
    "unpacked floats": one_feature(field(18, b"\x0d\x00\x00\x80\x3f")),
    "a float too short": one_feature(field(18, field(10, b"\x00\x00\x80"))),
    "an integer that does not end": one_feature(field(26, field(10, b"\x80"))),
    "an integer that runs into the next field": one_feature(field(26, field(10, b"\x80") + b"\x01")),
    "an integer of 10 bytes": one_feature(field(26, field(10, b"\xff" * 9 + b"\x7f"))),
    "an integer of 11 bytes": one_feature(field(26, field(10, b"\x80" * 10 + b"\x01"))),
    "a length longer than needed": b"\x0a\x80\x80\x00",
    "a length of 5 bytes": b"\x0a\x80\x80\x80\x80\x00",
    "a length of 6 bytes": b"\x0a\x80\x80\x80\x80\x80\x00",
    "a length beyond the end": b"\x0a\x05\x0a",
    "a length that does not end": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    "a key that is not UTF-8": one_feature(field(10, b""), b"\xff"),
    "a key that is half a surrogate": one_feature(field(10, b""), b"\xed\xa0\x80"),
    "field number 0": b"\x02\x00",
    "a group": b"\x0b\x0c",
    "text": b"this is no protobuf",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_odd_messages_mean_what_protobuf_says(data):
    assert by_us(data) == by_protobuf(data)


def test_a_record_that_is_no_example_is_refused_with_its_first_bytes():
    with pytest.raises(MalformedExample, match=r"this is not a tf.Example; got b'<html>") as caught:
        parse_example(b"<html>" * 100)
    assert "protobuf says" in caught.value.hint
    assert len(str(caught.value)) < 300


def test_a_record_beyond_the_limit_of_protobuf_is_refused(monkeypatch):
    monkeypatch.setattr(example, "_LARGEST", len(GOLDEN) - 1)
    with pytest.raises(MalformedExample, match=f"a tf.Example must have at most 2 GiB; got {len(GOLDEN)}"):
        parse_example(GOLDEN)


keys = st.text(st.characters(codec="utf-8"), max_size=6)
values = st.one_of(
    st.lists(st.binary(max_size=200), max_size=5),
    st.lists(st.floats(width=32), max_size=5).map(lambda v: np.array(v, np.float32)),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5).map(lambda v: np.array(v, np.int64)),
)
examples = st.dictionaries(keys, values, max_size=4)


@given(examples)
def test_what_is_encoded_is_what_protobuf_reads_and_what_is_parsed(features):
    data = encode_example(features)
    assert by_us(data) == by_protobuf(data) == {key: comparable_written(v) for key, v in features.items()}


def comparable_written(value: object) -> object:
    return ("bytes_list", value) if isinstance(value, list) else comparable(value)


@st.composite
def odd_messages(draw) -> bytes:
    """A message put together without regard for the canonical form, then damaged perhaps."""
    lists = st.sampled_from(
        [
            field(10, b"x"),
            field(10, b"\x01\x02\x03\x04"),
            b"\x08\x05",
            b"\x0d\x00\x00\x80\x3f",
            b"",
            b"\x18\x01",
        ]
    )
    feature = st.tuples(st.sampled_from([10, 18, 26, 34]), st.lists(lists, max_size=3)).map(
        lambda part: field(part[0], b"".join(part[1]))
    )
    value = st.lists(feature, max_size=2).map(b"".join).map(lambda content: field(18, content))
    key = st.sampled_from([b"a", b"b", b"", b"\xff"]).map(lambda content: field(10, content))
    entry = st.lists(st.one_of(key, value), max_size=3).map(b"".join)
    entries = st.lists(entry.map(lambda content: field(10, content)), max_size=3).map(b"".join)
    data = b"".join(field(10, part) for part in draw(st.lists(entries, max_size=2)))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=2)):
        if at < len(data):
            data = data[:at] + bytes([byte]) + data[at + 1 :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


@settings(max_examples=500)
@given(odd_messages())
def test_whatever_the_bytes_protobuf_and_we_agree(data):
    assert by_us(data) == by_protobuf(data)


@settings(max_examples=300)
@given(examples, st.data())
def test_a_damaged_example_means_what_protobuf_says(features, data):
    message = bytearray(encode_example(features))
    for _ in range(data.draw(st.integers(0, 3))):
        if message:
            message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    assert by_us(bytes(message)) == by_protobuf(bytes(message))
