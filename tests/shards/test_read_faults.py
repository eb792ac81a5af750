"""Shards that were damaged, cut, swapped or taken away under an index: an error that names the sample, never another sample."""

import re
import shutil
from dataclasses import replace

import numpy as np
import orjson
import pyarrow as pa
import pytest

import vladata
from tests.conversion import convert, recipe
from tests.damage import edit, flip
from tests.plain_columns import same
from tests.rlds_data import write_bridge_like
from vladata.errors import ChecksumMismatch, FormatError, LoadError
from vladata.formats import tar
from vladata.formats.tfrecord import frame
from vladata.shards import examples, webdataset
from vladata.shards.manifest import read_manifest, write_manifest
from vladata.shards.naming import FORMATS
from vladata.shards.reading.ragged import UnfitError
from vladata.shards.storage import open_output


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    source = write_bridge_like(folder / "source", 3, 6)  # 4 samples an episode
    for fmt in FORMATS:
        rule = recipe(cameras=("primary",))
        convert(source, folder / fmt, recipe=rule, format=fmt, samples_per_shard=4, order="source")
    return folder


@pytest.fixture(params=FORMATS)
def out(request, made, tmp_path):
    return shutil.copytree(made / request.param, tmp_path / "out")


def shards(out):
    return [out / shard.path for shard in read_manifest(open_output(str(out))).shards]


def check(out, wrong, says):
    """Positions `wrong` are faults that say `says`, and all others are as they were."""
    dataset = vladata.open(out)
    faults = []
    found = dataset.read_batch(range(len(dataset)), faults=faults)
    assert [position for position, _ in faults] == wrong
    assert found["index"].tolist() == [i for i in range(len(dataset)) if i not in wrong]
    for position, fault in faults:
        assert re.search(says, str(fault)), str(fault)
        assert fault.where.startswith(f"dataset bridge_dataset, {shards(out)[position // 4]}, ")
        for read in (dataset.read, dataset.read_batch):
            with pytest.raises(LoadError, match=says) as caught:
                read([position])
            assert isinstance(caught.value.__cause__, ChecksumMismatch)
        with pytest.raises(ChecksumMismatch, match=f"there is no whole sample: .*({says})"):
            dataset[position]
    for position in found["index"].tolist():
        assert dataset[position].step == found["step"][found["index"].tolist().index(position)]


def test_a_shard_that_is_missing(out):
    shards(out)[1].unlink()
    check(out, [4, 5, 6, 7], "No such file or directory")


def test_a_shard_that_was_cut(out):
    offset = vladata.open(out).index["offset"][6].as_py()
    with shards(out)[1].open("r+b") as file:
        file.truncate(offset + 1000)
    check(out, [6, 7], "the shard ends after (1,000|0) of the [0-9,]+ bytes of the sample")


def test_a_shard_that_was_overwritten(out):
    shards(out)[1].write_bytes(bytes(shards(out)[1].stat().st_size))
    check(out, [4, 5, 6, 7], "expected one sample; got '0 samples'|length does not match|another record")


def test_shards_that_were_swapped(out):
    """Their samples are not where the index has them, or are others."""
    first, second = shards(out)[:2]
    both = first.read_bytes(), second.read_bytes()
    second.write_bytes(both[0])
    first.write_bytes(both[1])
    dataset, faults = vladata.open(out), []
    found = dataset.read_batch(range(12), faults=faults)
    assert found["index"].tolist() == [8, 9, 10, 11]
    assert [position for position, _ in faults] == list(range(8))


def test_another_sample_of_the_same_length(out, made):
    """Only what is in it tells it from the one that the index names."""
    fmt = "tfrecord" if "tfrecord" in shards(out)[0].name else "webdataset"
    dataset = vladata.open(out)
    row = {name: dataset.index[name][5].as_py() for name in ("offset", "length")}
    sample = dataset[5]
    for name, value, key in (
        ("episode", sample.episode[:-1] + "9", sample.key),
        ("step", 9, sample.key),
        ("task", "motion", sample.key),
        ("dataset", "BRIDGE_dataset", sample.key),
    ):
        other = replace(sample, key=key, fields={**sample.fields, name: value})
        encode = webdataset.buffers if fmt == "webdataset" else examples.buffers
        data = b"".join(map(bytes, encode(other)))
        assert len(data) == row["length"]
        with shards(out)[1].open("r+b") as file:
            file.seek(row["offset"])
            file.write(data)
        check(
            out,
            [5],
            r"another sample is here; got '.*'; allowed: bridge_dataset train-00000-000001 step 2 action",
        )


def test_no_flipped_bit_gives_another_sample(out):
    """Any bit of a record is noticed; of a tar all but those of the values themselves, which no checksum covers."""
    shard = shards(out)[0]
    whole = vladata.open(out).read_batch(range(4))
    checked = "tfrecord" in shard.name
    for byte in range(0, vladata.open(out).index["offset"][1].as_py(), 7):
        flip(shard, byte, bit=byte % 8)
        faults = []
        found = vladata.open(out).read_batch(range(4), faults=faults)
        assert [i for i, _ in faults] in ([[0]] if checked else [[0], []])
        if not faults:
            changed = same(
                found, {**whole, "images": [{c: bytes(i) for c, i in e.items()} for e in whole["images"]]}
            )
            assert len(changed) <= 1, changed
            assert not {"step", "episode", "index", "task", "dataset"} & {*changed}
        flip(shard, byte, bit=byte % 8)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"step": "3"}, "another sample is here"),
        ({"prompt": 3}, "field prompt is missing, or of another kind than text"),
        ({"prompt": None}, "field prompt is missing, or of another kind than text"),
        ({"action": [1.0] * 8}, "action has 1 rows of 8, but the manifest allows at most 1 of 7"),
        ({"action": [[1.0]]}, "field action is missing, or of another kind than floats"),
        ({"action": 1.0}, "field action is missing, or of another kind than floats"),
        ({"action": [1.0, None]}, "field action is missing, or of another kind than floats"),
        ({"bins": [1.5]}, "field bins is missing, or of another kind than integers"),
        ({"bins": [2**40]}, "field bins is missing, or of another kind than integers"),
        ({"terminate": 2**40}, "field terminate is a number beyond the range of int32"),
        ({"step": True}, "another sample is here|field step is missing"),
        ({"source": {"file": "a", "offset": 1}}, "field source is missing, or of another kind than group"),
    ],
    ids=str,
)
def test_a_field_that_is_not_what_it_is_declared(change, says, made, tmp_path):
    """The other samples of the batch are given."""
    out = shutil.copytree(made / "webdataset", tmp_path / "out")
    rewritten(out, 5, change)
    faults = []
    found = vladata.open(out).read_batch(range(12), faults=faults)
    assert found["index"].tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    ((position, fault),) = faults
    assert (position, bool(re.search(says, str(fault)))) == (5, True), str(fault)


def rewritten(out, position, change):
    """Writes a shard of a tar dataset again, and its rows of the index, with a sample whose JSON is another."""
    dataset = vladata.open(out)
    samples = dataset.read(range(4, 8))
    fields = {**samples[position - 4].fields, **change}
    fields = {name: value for name, value in fields.items() if value is not None}
    pieces = []
    for i, sample in enumerate(samples):
        name = f"{sample.key}.primary.jpg".encode()
        image = sample.images["primary"]
        text = orjson.dumps(fields if i == position - 4 else sample.fields)
        pieces.append(
            tar.header(name, len(image)) + image + tar.padding(len(image))
            + tar.header(f"{sample.key}.json".encode(), len(text)) + text + tar.padding(len(text))
        )  # fmt: skip
    shards(out)[1].write_bytes(b"".join(pieces) + tar.END)
    lengths = np.array([len(piece) for piece in pieces])
    table = pa.ipc.open_file((out / "index.arrow").read_bytes()).read_all()
    columns = {name: table[name].to_pylist() for name in ("offset", "length")}
    columns["offset"][4:8] = (np.cumsum(lengths) - lengths).tolist()
    columns["length"][4:8] = lengths.tolist()
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(values, pa.int64()))
    with pa.ipc.new_file(str(out / "index.arrow"), table.schema) as writer:
        writer.write_table(table)
    manifest = dataset.manifest
    entries = [replace(s, bytes=shards(out)[i].stat().st_size) for i, s in enumerate(manifest.shards)]
    write_manifest(open_output(str(out)), replace(manifest, shards=tuple(entries)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda features: features.pop("plan"), "the record lacks plan"),
        (lambda features: features.update(more=[b"x"]), "features that the manifest does not name: more"),
        (lambda features: features.update(prompt=[b"a", b"b"]), "feature prompt is not one value of bytes"),
        (lambda features: features.update(action=[b"a"]), "feature action is not of kind floats"),
        (lambda features: features.update(state=np.array([1])), "feature state is not of kind floats"),
        (lambda features: features.update(prompt=[b"\xff"]), "feature prompt has another kind|not UTF-8"),
        (
            lambda features: features.update(terminate=np.array([1, 2])),
            "feature terminate has another kind",
        ),
        (
            lambda features: features.update(terminate=np.array([2**40])),
            "feature terminate has another kind",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "changed",
)
def test_a_feature_that_is_not_what_it_is_declared(change, says, made, tmp_path):
    out = shutil.copytree(made / "tfrecord", tmp_path / "out")
    dataset = vladata.open(out)
    shard = tmp_path / "one"
    row = {name: dataset.index[name][0].as_py() for name in ("offset", "length")}
    shard.write_bytes(shards(out)[0].read_bytes()[: row["length"]])
    edit(shard, 0, change)
    data = shard.read_bytes()
    form = dataset._reader._form
    with pytest.raises((FormatError, UnfitError), match=says):
        used(form, data)


def used(form, data):
    """What reading a sample as a sample and as columns asks of its bytes."""
    _, images, content = form.parse(data)
    fields = form.fields([content])
    fields.texts("prompt")
    fields.numbers("terminate", np.int32)
    form.sample("", images, content)


def test_a_record_whose_features_come_in_another_order(made):
    """Protobuf promises no order: other programs may have written the record again."""
    dataset = vladata.open(made / "tfrecord")
    form = dataset._reader._form
    place = {name: dataset.index[name][0].as_py() for name in ("offset", "length")}
    data = shards(made / "tfrecord")[0].read_bytes()[: place["length"]]
    from vladata.formats.example import _message_class

    message = _message_class().FromString(data[12:-4])
    entries = [
        type(message)(features={"feature": {name: message.features.feature[name]}}).SerializeToString()
        for name in sorted(message.features.feature, reverse=True)
    ]
    turned = b"".join(entry[_head(entry) :] for entry in entries)
    again = b"\x0a" + _varint(len(turned)) + turned
    parsed = [form.parse(each) for each in (data, frame(again))]
    assert form.sample(*parsed[0]) == form.sample(*parsed[1])
    assert parsed[0][1]["primary"] == parsed[1][1]["primary"]


def _head(entry):
    """The bytes of tag and length in front of a message."""
    return next(i for i in range(1, 10) if entry[i] < 128) + 1


def _varint(value):
    return bytes([value & 127 | 128, *_varint(value >> 7)]) if value > 127 else bytes([value])


def test_an_index_that_names_other_places(made, tmp_path):
    out = shutil.copytree(made / "webdataset", tmp_path / "out")
    table = pa.ipc.open_file((out / "index.arrow").read_bytes()).read_all()
    for name, value in (
        ("offset", 2**50),
        ("offset", -512),
        ("length", 2**60),
        ("length", -1),
        ("length", 0),
    ):
        values = table[name].to_pylist()
        values[3] = value
        place = table.schema.get_field_index(name)
        with pa.ipc.new_file(str(out / "index.arrow"), table.schema) as writer:
            writer.write_table(
                table.set_column(place, table.schema.field(name), pa.array(values, pa.int64()))
            )
        dataset = vladata.open(out)
        with pytest.raises(ChecksumMismatch, match="the index is missing or damaged: it has places beyond"):
            dataset.read_batch([3])
        assert dataset.read_batch([2])["index"].tolist() == [2]
