"""Messages as bytes: what openpi-client and vla-eval send comes back as it was, and nothing else is more than an error."""

import random

import numpy as np
import pytest

msgpack = pytest.importorskip("msgpack")

from vladata.consumer.serving.wire import Limits, decoded, encoded  # noqa: E402
from vladata.errors import MalformedMessage  # noqa: E402

ARRAYS = [
    np.arange(12, dtype=dtype).reshape(3, 4)
    for dtype in ("u1", "i1", "<u2", "<i4", "<i8", "<u8", "<f2", "<f4", "<f8", ">f4", ">i2")
] + [np.array([True, False]), np.array(3.5, np.float32), np.zeros((0, 7), np.float32), np.zeros((2, 0), bool)]


def same(found, expected):
    return found.dtype == expected.dtype.newbyteorder("=") and np.array_equal(found, expected)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{list(a.shape)}")
def test_arrays_of_openpi(array):
    packer = pytest.importorskip("openpi_client.msgpack_numpy")
    found = decoded(packer.packb({"a": array, "b": [array]}))
    assert same(found["a"], array)
    assert same(found["b"][0], array)
    assert not found["a"].flags.writeable
    sent = packer.unpackb(encoded({"a": array}))["a"]
    assert sent.dtype == array.dtype
    assert np.array_equal(sent, array)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{list(a.shape)}")
def test_arrays_of_vla_eval(array):
    codec = pytest.importorskip("vla_eval.protocol.numpy_codec")
    found = decoded(msgpack.packb({"a": array}, default=codec.encode_ndarray))
    assert same(found["a"], array)
    sent = msgpack.unpackb(encoded({"a": array}, str), object_hook=codec.decode_ndarray)
    assert sent["a"].dtype == array.dtype
    assert np.array_equal(sent["a"], array)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_vla_eval(channels):
    image_codec = pytest.importorskip("vla_eval.protocol.image_codec")
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    assert same(decoded(msgpack.packb(image_codec.encode_image(picture, "raw"))), picture)
    if channels != 1:  # Pillow takes no [h, w, 1]
        assert same(decoded(msgpack.packb(image_codec.encode_image(picture, "png"))), picture)


def test_pictures_as_jpeg():
    image_codec = pytest.importorskip("vla_eval.protocol.image_codec")
    picture = np.full((16, 24, 3), (10, 200, 90), np.uint8)
    found = decoded(msgpack.packb(image_codec.encode_image(picture, "jpeg")))
    assert found.shape == picture.shape
    assert abs(found.astype(int) - picture).max() <= 3


def test_numbers_of_numpy():
    packer = pytest.importorskip("openpi_client.msgpack_numpy")
    found = decoded(packer.packb({"a": np.float32(0.1), "b": np.int64(-3), "c": np.bool_(True)}))
    assert (found["a"], found["b"], found["c"]) == (np.float32(0.1), -3, True)
    assert decoded(encoded({"a": np.float32(0.5), "b": np.uint8(3)})) == {"a": 0.5, "b": 3}


def test_what_is_no_message_cannot_be_sent():
    with pytest.raises(TypeError, match="ndarray cannot be sent"):
        encoded({"a": np.array([object()])})
    with pytest.raises(TypeError, match="object cannot be sent"):
        encoded({"a": object()})


def test_bools_of_other_bytes_are_true():
    found = decoded(
        msgpack.packb({b"__ndarray__": True, b"data": b"\x00\x07", b"dtype": "|b1", b"shape": [2]})
    )
    assert found.view(np.uint8).tolist() == [0, 1]


def array_of(**changed):
    return msgpack.packb(
        {
            b"__ndarray__": True,
            b"data": b"\0" * 8,
            b"dtype": "<f4",
            b"shape": [2],
            **{k.encode(): v for k, v in changed.items()},
        }
    )


def image_of(**changed):
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(out, "PNG")
    return msgpack.packb(
        {"__image__": True, "format": "png", "data": out.getvalue(), "shape": [4, 6, 3], **changed}
    )


HOSTILE = {
    "objects": (array_of(dtype="|O"), "dtype.*not supported"),
    "objects in bytes": (array_of(dtype=b"|O8"), "dtype"),
    "records": (array_of(dtype="f4,O"), "dtype"),
    "dtype is a list": (array_of(dtype=[["a", "|O"]]), "dtype"),
    "texts": (array_of(dtype="<U2"), "dtype"),
    "complex": (array_of(dtype="<c8"), "dtype"),
    "times": (array_of(dtype="<M8[s]"), "dtype"),
    "no dtype": (msgpack.packb({b"__ndarray__": True, b"data": b"", b"shape": []}), "dtype"),
    "negative": (array_of(shape=[-1]), "shape of an array is not valid"),
    "two negatives": (array_of(shape=[-2, -1]), "shape"),
    "huge": (array_of(shape=[2**40]), "does not fit its shape"),
    "huge and empty": (array_of(shape=[2**40, 0], data=b""), "too long"),
    "many huge and empty": (array_of(shape=[2**24] * 7 + [0], data=b""), "too long"),
    "too many axes": (array_of(shape=[1] * 9 + [2]), "up to 8 whole numbers"),
    "fractions": (array_of(shape=[2.0]), "shape"),
    "true for a number": (array_of(shape=[True, 2]), "shape"),
    "shape is a number": (array_of(shape=2), "shape"),
    "too short": (array_of(data=b"\0" * 7), "does not fit its shape.*7 bytes.*float32"),
    "too long": (array_of(data=b"\0" * 9), "does not fit its shape"),
    "data is text": (array_of(data="abcdefgh"), "must be bytes"),
    "data is a list": (array_of(data=[1, 2]), "must be bytes"),
    "twice": (msgpack.packb({b"__ndarray__": True, "dtype": "<f4", b"dtype": "|O", "data": b"", "shape": []}), "twice"),
    "deep": (b"\x91" * 2000 + b"\xc0", "not valid msgpack"),
    "deep maps": (b"\x81\xa1a" * 400 + b"\xc0", "nested too deep"),
    "many": (msgpack.packb([[0] * 9000] * 3), "too many parts"),
    "announces more than it has": (b"\xdd\xff\xff\xff\xff", "not valid msgpack"),
    "announces more in each": (b"\xdc\xff\xff" * 300, "not valid msgpack"),
    "long text": (msgpack.packb("a" * 70_000), "not valid msgpack"),
    "no UTF-8": (b"\xa2\xff\xfe", "not valid msgpack"),
    "extension": (msgpack.packb(msgpack.ExtType(5, b"abc")), "extension of msgpack"),
    "time": (msgpack.packb(msgpack.Timestamp(5)), "extension of msgpack"),
    "time within": (msgpack.packb({"a": [1, msgpack.Timestamp(5, 7)]}), "extension of msgpack"),
    "cut": (array_of()[:-3], "not valid msgpack"),
    "more behind": (array_of() + b"\xc0", "not valid msgpack"),
    "nothing": (b"", "not valid msgpack"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00", "not valid msgpack"),
    "keys that are numbers": (msgpack.packb({1: 2}), "not valid msgpack"),
    "number out of range": (msgpack.packb({b"__npgeneric__": True, b"data": 300, b"dtype": "|u1"}), "does not fit"),
    "number that is text": (msgpack.packb({b"__npgeneric__": True, b"data": "3", b"dtype": "|u1"}), "does not fit"),
    "picture of another size": (image_of(shape=[4, 7, 3]), "does not have the shape"),
    "picture that says it is small": (image_of(shape=[1, 1, 3]), "does not have the shape"),
    "picture that says it is large": (image_of(shape=[5000, 5000, 3]), "pictures of a message are too large"),
    "picture without a size": (image_of(shape=[]), "does not have the shape"),
    "picture that is none": (image_of(data=b"GIF89a"), "cannot be decoded"),
    "picture that is cut": (image_of(data=msgpack.unpackb(image_of())["data"][:-30]), "cannot be decoded"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_errors(name):
    data, says = HOSTILE[name]
    with pytest.raises(MalformedMessage, match=says):
        decoded(data)


def test_a_message_over_the_limit():
    with pytest.raises(MalformedMessage, match="too large; got '11 bytes'; allowed: up to 10 bytes"):
        decoded(b"\0" * 11, Limits(size=10))


def test_mutated_messages_are_data_or_errors():
    """A little of `make fuzz`, which goes by coverage."""
    rng, seeds = (
        random.Random(0),
        [array_of(), image_of(), *(data for data, _ in HOSTILE.values() if len(data) < 3000)],
    )
    kinds = {True: 0, False: 0}
    for _ in range(20_000):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data) + 1)
            data[at : at + rng.randrange(2)] = rng.randbytes(rng.randrange(3))
        try:
            decoded(bytes(data))
            kinds[True] += 1
        except MalformedMessage:
            kinds[False] += 1
    assert min(kinds.values()) > 500
