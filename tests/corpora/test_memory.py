"""Memory holds one record or member, not a file: measured as the most that the process ever held, in a process of its own."""

import json
import os
import subprocess
import sys
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpora.made import jpeg, tar
from vladata.corpora.examine import LARGEST_IMAGE

MEASURE = """
import re, sys
from vladata.corpora.corpus import open_corpus
from vladata.corpora.part import CorpusIndexing
from vladata.spec.find import corpus
import pyarrow.parquet
def peak():  # not getrusage: its peak is inherited from whoever started the process
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = peak()
opened = open_corpus(corpus(sys.argv[1]), [sys.argv[2]], sys.argv[3])
rows = sum(len(CorpusIndexing(opened).indexer().part(file)) for file in opened.files)
print(rows, peak() - before)
"""

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="memory is measured on Linux only"
)


def grown(name, source, images=""):
    """Rows of a corpus, and MB that making them took."""
    arguments = [sys.executable, "-c", MEASURE, name, str(source), str(images)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    rows, grown = done.stdout.split()
    return int(rows), float(grown)


def test_a_large_tar(tmp_path):
    """200 MB, of which one member is over the limit and one just below."""
    large = jpeg(1) + bytes(LARGEST_IMAGE)
    members = [("big.jpg", large), ("big.txt", b"x"), ("less.jpg", large[: LARGEST_IMAGE // 4])]
    members += [
        (f"{i}.{what}", data)
        for i in range(2000)
        for what, data in (("jpg", jpeg(0, 200, 300)), ("txt", b"x"))
    ]
    rows, memory = grown("image_text_tars", tar(tmp_path / "x.tar", members))
    assert rows == 2002
    assert memory < 60


def test_texts_of_10_mb(tmp_path):
    """Forty of them: none is kept."""
    members = [
        (f"{i}.{what}", d) for i in range(40) for what, d in (("jpg", jpeg()), ("txt", b"x" * 10_000_000))
    ]
    rows, memory = grown("image_text_tars", tar(tmp_path / "x.tar", members))
    assert rows == 40
    assert memory < 60


def test_pax_headers_for_all_that_follow(tmp_path):
    """200 MB of them, each with a key of its own: what counts is kept, and no more."""
    path = tmp_path / "x.tar"
    with open(path, "wb") as file:
        for i in range(220):
            value = b"path=".ljust(900_000, b"v")  # so that it is looked at
            data = b"900016 key%04d=%s\n" % (i, value)
            info = tarfile.TarInfo("pax")
            info.type, info.size = tarfile.XGLTYPE, len(data)
            file.write(info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
        file.write(tar(tmp_path / "y.tar", [("1.jpg", jpeg()), ("1.txt", b"x")]).read_bytes())
    rows, memory = grown("image_text_tars", path)
    assert rows == 1
    assert memory < 60


def test_a_long_annotation_file(tmp_path):
    """60 MB of JSON with a text of 10 MB among it."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    said = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "That. " * 200}]
    with open(tmp_path / "x.json", "w") as file:
        file.write("[")
        for i in range(40_000):
            file.write(json.dumps({"id": i, "image": "a.jpg", "conversations": said}) + ",")
        long = [said[0], {"from": "gpt", "value": "x" * 10_000_000}]
        file.write(json.dumps({"id": 0, "image": "a.jpg", "conversations": long}) + "]")
    rows, memory = grown("llava_instruct", tmp_path / "x.json", tmp_path)
    assert rows == 40_001
    assert memory < 200  # of which 50 MB are the rows


def test_rows_of_large_images(tmp_path):
    """24 of 20 MB in one row group: few at a time."""
    image = {"bytes": jpeg() + bytes(20 << 20), "path": None}
    table = pa.table({"image": [image] * 6, "text": ["x"] * 6})
    pq.write_table(
        pa.concat_tables([table] * 4), tmp_path / "x.parquet", use_dictionary=False, write_batch_size=1
    )
    rows, memory = grown("image_text_parquet", tmp_path / "x.parquet")
    assert rows == 24
    assert memory < 400


@pytest.mark.parametrize("group", [4000, 100])
def test_a_large_parquet_file(tmp_path, group):
    """340 MB in one row group, or in many; in pages of 32 rows."""
    image = {"bytes": jpeg(0, 200, 300), "path": None}
    table = pa.table({"image": [image] * 3000, "text": ["x"] * 3000})
    pq.write_table(
        table, tmp_path / "x.parquet", row_group_size=group, use_dictionary=False, write_batch_size=32
    )
    assert (tmp_path / "x.parquet").stat().st_size > 100_000_000
    rows, memory = grown("image_text_parquet", tmp_path / "x.parquet")
    assert rows == 3000
    assert memory < 100
