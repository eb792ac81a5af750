"""Every image of every layout comes back by the place that the index gave it, byte for byte."""

import json

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash

from tests.corpora.made import index, jpeg, png, spec, tar
from tests.corpora.test_parquet import IMAGE
from tests.sources.http_folder import served
from vladata.corpora import pictures
from vladata.corpora.corpus import open_corpus
from vladata.corpora.pictures import GAP, LONGEST_READ, Pictures
from vladata.errors import SourceChanged
from vladata.sources.folder import Folder
from vladata.spec.find import corpus

PLAIN = spec('layout: json\nimage: {file: ["{image}"]}\npairs: [{task: caption, text: text}]')


def places(rows):
    return [
        (image["file"] or row["file"], image["offset"], image["length"])
        for row in rows
        for image in row["images"]
    ]


def check(named, sources, images=""):
    """Reads all images of a corpus, in turn and in one call, backwards; returns how many there are."""
    rows = index(named, sources, images)
    found = corpus(named) if isinstance(named, str) else named
    opened = open_corpus(found, [str(source) for source in sources], str(images))
    read, wanted = Pictures(opened), places(rows)
    digests = [image["digest"] for row in rows for image in row["images"]]
    assert [xxhash.xxh3_64_intdigest(data) for data in read.read(wanted)] == digests
    assert [read.read([place])[0] for place in wanted] == read.read(wanted[::-1])[::-1]
    return len(wanted)


def pairs(first, count):
    return [
        member
        for i in range(first, first + count)
        for member in ((f"{i}.jpg", jpeg(i)), (f"{i}.txt", b"text"), (f"{i}.cls", bytes(i * 1000)))
    ]


def test_tars(tmp_path):
    for shard in range(2):
        tar(tmp_path / f"{shard}.tar", pairs(10 * shard, 5))
    assert check("image_text_tars", [tmp_path / "{0..1}.tar"]) == 10


def test_parquet(tmp_path):
    path = tmp_path / "x.parquet"
    images = [{"bytes": png(i) if i % 2 else jpeg(i), "path": None} for i in range(90)]
    pq.write_table(pa.table({"image": pa.array(images, IMAGE), "text": ["x"] * 90}), path, row_group_size=40)
    assert check("image_text_parquet", [path]) == 90


def test_documents_in_parquet(tmp_path):
    images = [[{"bytes": jpeg(3 * i + k), "path": None} for k in range(2)] + [None] for i in range(5)]
    texts = [[None, None, "text"]] * 5
    pq.write_table(
        pa.table({"images": pa.array(images, pa.list_(IMAGE)), "texts": texts}), tmp_path / "x.parquet"
    )
    assert check("obelics", [tmp_path / "x.parquet"]) == 10


def test_files(tmp_path):
    (tmp_path / "images" / "a").mkdir(parents=True)
    for i in range(3):
        (tmp_path / "images" / "a" / f"{i}.jpg").write_bytes(jpeg(i))
    records = [{"image": f"a/{i % 3}.jpg", "text": "x"} for i in range(7)]
    (tmp_path / "x.json").write_text(json.dumps(records))
    assert check(PLAIN, [tmp_path / "x.json"], tmp_path / "images") == 7


def test_tars_by_url(tmp_path):
    tar(tmp_path / "0.tar", pairs(0, 6))
    with served(tmp_path) as (url, server):
        rows = index("image_text_tars", [f"{url}/0.tar"])
        opened = open_corpus(corpus("image_text_tars"), [f"{url}/0.tar"])
        Pictures(opened).read(places(rows)[:1])
        before = len(server.requests)
        assert Pictures(opened).read(places(rows)) == [jpeg(i) for i in range(6)]
        ranges = [
            asked for asked in server.requests[before:] if asked.endswith(" ") is False and "bytes=" in asked
        ]
    assert len(set(ranges)) == 1  # one range for all six


def test_all_layouts_in_memory(tmp_path):
    """As behind any URL of fsspec: a tar, a Parquet file, and annotations with images."""
    system = fsspec.filesystem("memory")
    tar(tmp_path / "0.tar", pairs(0, 3))
    pq.write_table(
        pa.table({"image": pa.array([{"bytes": jpeg(1), "path": None}], IMAGE), "text": ["x"]}),
        tmp_path / "x.parquet",
    )
    for name in ("0.tar", "x.parquet"):
        system.pipe(f"/corpora/{name}", (tmp_path / name).read_bytes())
    system.pipe("/corpora/x.json", b'[{"image": "a.jpg", "text": "x"}, {"image": "b.jpg", "text": "x"}]')
    system.pipe("/corpora/images/a.jpg", jpeg(5))
    assert check("image_text_tars", ["memory://corpora/*.tar"]) == 3
    assert check("image_text_tars", ["memory://corpora/{0..0}.tar"]) == 3
    assert check("image_text_parquet", ["memory://corpora/x.parquet"]) == 1
    assert check(PLAIN, ["memory://corpora/x.json"], "memory://corpora/images") == 1
    rows = index(PLAIN, ["memory://corpora/x.json"], "memory://corpora/images")
    assert [row["reason"] for row in rows] == [None, "missing_image"]


def test_near_ranges_are_read_together(monkeypatch):
    runs = pictures._runs
    a, b = ("x", 0, 100), ("x", 100 + GAP, 100)
    assert list(runs([a, b])) == [[a, b]]
    assert list(runs([a, ("x", 101 + GAP, 100)])) == [[a], [("x", 101 + GAP, 100)]]
    long = [("x", i * GAP, GAP) for i in range(LONGEST_READ // GAP + 1)]
    assert [len(run) for run in runs(long)] == [LONGEST_READ // GAP, 1]
    assert list(runs([a, a, ("x", 50, 10)])) == [[a, a, ("x", 50, 10)]]
    assert list(runs([])) == []


@pytest.mark.parametrize("change", ["gone", "short"])
def test_a_file_that_changed(tmp_path, change):
    path = tar(tmp_path / "x.tar", pairs(0, 2))
    rows = index("image_text_tars", [path])
    opened = open_corpus(corpus("image_text_tars"), [str(path)])
    path.unlink() if change == "gone" else path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SourceChanged, match=r"x\.tar, byte [\d,]+: the indexed image is not there any more"):
        Pictures(opened).read(places(rows))


def test_an_image_file_that_changed(tmp_path):
    (tmp_path / "images").mkdir()
    image = tmp_path / "images" / "a.jpg"
    image.write_bytes(jpeg(1))
    (tmp_path / "x.json").write_text('[{"image": "a.jpg", "text": "x"}]')
    wanted = places(index(PLAIN, [tmp_path / "x.json"], tmp_path / "images"))
    read = Pictures(open_corpus(PLAIN, [str(tmp_path / "x.json")], str(tmp_path / "images")))
    image.write_bytes(jpeg(1)[:-1])
    with pytest.raises(SourceChanged, match=r"a\.jpg: the indexed image is not there any more: [\d,]+ bytes"):
        read.read(wanted)
    image.unlink()
    with pytest.raises(SourceChanged, match="the file is gone"):
        read.read(wanted)
    image.symlink_to(tmp_path / "x.json")
    with pytest.raises(SourceChanged, match="a link leads out of the images folder"):
        read.read(wanted)


def test_a_parquet_file_that_changed(tmp_path):
    path = tmp_path / "x.parquet"
    columns = {
        "image": pa.array([{"bytes": jpeg(i), "path": None} for i in range(3)], IMAGE),
        "text": ["x"] * 3,
    }
    pq.write_table(pa.table(columns), path)
    wanted = places(index("image_text_parquet", [path]))
    read = Pictures(open_corpus(corpus("image_text_parquet"), [str(path)]))
    pq.write_table(pa.table(columns).slice(0, 1), path)
    with pytest.raises(SourceChanged, match="the row holds no such image"):
        read.read(wanted)
    path.write_bytes(b"PAR1")
    with pytest.raises(SourceChanged, match="the indexed image is not there any more"):
        read.read(wanted)
    path.unlink()
    with pytest.raises(SourceChanged, match="the file or folder does not exist"):
        read.read(wanted)


def test_tars_are_read_in_few_pieces(tmp_path, monkeypatch):
    path = tar(tmp_path / "x.tar", pairs(0, 8))
    wanted = places(index("image_text_tars", [path]))
    asked = []
    opening = Folder.open
    monkeypatch.setattr(Folder, "open", lambda self, name: asked.append(name) or opening(self, name))
    assert Pictures(open_corpus(corpus("image_text_tars"), [str(path)])).read(wanted) == [
        jpeg(i) for i in range(8)
    ]
    assert asked == ["x.tar"]
