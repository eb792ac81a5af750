"""`--reader tfds`: the same values in the same form, and the features that only TFDS reads."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.rlds_features import film, refused_step, write_refused_features
from tests.sources.test_parity import assert_same, native_episodes
from vladata.errors import MalformedExample, MissingExtra, UnsupportedFeature
from vladata.records import Place
from vladata.sources.readers import open_source

REFUSED = {"box", "clip", "film", "half", "maybe", "sound", "trailer"}


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return write_refused_features(tmp_path_factory.mktemp("refused"))


def first_record(source):
    (shard, *_) = source.shards("train")
    record = next(source.scan(shard))
    return record.place, record.data


def decoded(folder, reader, wanted=None):
    source = open_source(folder, reader)
    return source.decode("train", *first_record(source), wanted)


def pixels(png):
    assert png[:4] == b"\x89PNG"
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("name", ["bridge_like", "every_feature"])
def test_both_readers_give_the_same_episodes(request, name):
    folder = request.getfixturevalue(name)
    pairs = zip(
        native_episodes(open_source(folder), "train"),
        native_episodes(open_source(folder, "tfds"), "train"),
        strict=True,
    )
    for native, other in pairs:
        assert (native.place, native.numbers.tolist()) == (other.place, other.numbers.tolist())
        for ours, theirs in ((native.steps, other.steps), (native.metadata, other.metadata)):
            assert ours.keys() == theirs.keys()
            for column in ours:
                assert isinstance(ours[column], list) == isinstance(theirs[column], list)
                assert_same(ours[column], theirs[column], f"{native.where}, {column}")


def test_the_native_reader_names_what_only_tfds_reads(refused):
    columns = open_source(refused).columns
    assert {name for name, leaf in columns.items() if leaf.kind == "unsupported"} == REFUSED
    for name in REFUSED:
        with pytest.raises(UnsupportedFeature, match="`--reader tfds` reads it through tensorflow-datasets"):
            decoded(refused, "native", frozenset({name}))
    assert decoded(refused, "native", frozenset({"reward"})).steps["reward"].tolist() == [0, 1, 2]


def test_tfds_reads_what_the_native_reader_refuses(refused):
    steps = decoded(refused, "tfds").steps
    assert steps.keys() == {"reward", *REFUSED} - {"trailer"}
    assert steps["maybe"].tolist() == [0, 1, 2]
    assert steps["half"].astype(np.float32).tolist() == [[0, 0.5], [1, 0.5], [2, 0.5]]
    assert steps["box"].tolist() == [[0, 0.25, 0.5, 1]] * 3
    assert steps["sound"].tolist() == [[0, 1, 2, 3, 4]] * 3


def test_pictures_that_only_tfds_decodes_come_out_as_png(refused):
    episode = decoded(refused, "tfds")
    for frame, expected in zip(episode.steps["film"], film(3), strict=True):
        assert pixels(frame).tolist() == expected.tolist()
    for t, clip in enumerate(episode.steps["clip"]):
        assert [pixels(frame).tolist() for frame in clip] == refused_step(t)["clip"].tolist()
    assert [pixels(frame).tolist() for frame in episode.metadata["trailer"]] == film(5).tolist()


def test_only_a_video_with_one_frame_a_step_is_a_column(refused):
    assert "film" in open_source(refused, "tfds").step_columns
    assert "film" not in open_source(refused).step_columns
    assert decoded(refused, "tfds", frozenset({"film"})).steps.keys() == {"film"}
    with pytest.raises(
        MalformedExample,
        match="trailer: a video of the episode has 5 frames instead of one for each of 3 steps",
    ):
        decoded(refused, "tfds", frozenset({"trailer"}))


def test_a_record_that_tfds_cannot_decode_says_where_it_lies(bridge_like):
    source = open_source(bridge_like, "tfds")
    with pytest.raises(
        MalformedExample, match=r"a.tfrecord, record 3, byte 77: tensorflow-datasets says: .*parse"
    ):
        source.decode("train", Place("a.tfrecord", 0, 3, 77, 4), b"oops")


def test_a_connector_that_cannot_be_imported_is_named(refused, tmp_path):
    folder = tmp_path / "1.0.0"
    folder.mkdir()
    for file in refused.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    tree = json.loads((folder / "features.json").read_text())
    tree["featuresDict"]["features"]["film"]["pythonClassName"] = "our_lab.features.Film"
    (folder / "features.json").write_text(json.dumps(tree))
    assert decoded(folder, "tfds", frozenset({"reward"})).steps.keys() == {"reward"}
    with pytest.raises(
        UnsupportedFeature, match=r"cannot make this feature: .*our_lab.features.Film"
    ) as caught:
        decoded(folder, "tfds")
    assert "install the package that defines it" in caught.value.hint


def test_a_missing_package_is_named_with_its_extra(bridge_like, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(
        MissingExtra, match="`--reader tfds` needs tensorflow-datasets and TensorFlow"
    ) as caught:
        decoded(bridge_like, "tfds")
    assert caught.value.hint == f'{sys.executable} -m pip install "vladata[tf]"'


def test_the_native_reader_imports_no_tensorflow_and_for_local_paths_no_fsspec(bridge_like):
    code = f"""
import sys
from vladata.sources.episodes import episodes
assert len(list(episodes({str(bridge_like)!r}))) == 5
print(sorted({{"tensorflow", "tensorflow_datasets", "fsspec", "apache_beam", "google.protobuf"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
