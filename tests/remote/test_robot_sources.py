"""Robot datasets in a bucket: LeRobot with videos, HDF5 in both layouts. Drafted, converted and verified as those of a folder."""

import fsspec
import pytest

pytest.importorskip("av")

import vladata
from tests.conversion import convert, recipe
from tests.remote.conftest import BUCKET
from tests.robot.sources import LAYOUTS
from vladata.robot.rederive import rederive
from vladata.shards.storage import open_output
from vladata.sources.infer import infer
from vladata.sources.readers import open_source

SMALL = recipe(size=32, cameras="all")


@pytest.fixture(params=LAYOUTS)
def layout(request):
    return LAYOUTS[request.param]


@pytest.fixture
def places(request, layout, proxy, tmp_path):
    """(folder, URL) of the same dataset."""
    proxy.reset()
    folder = layout.written(tmp_path / "robot")
    url = f"s3://{BUCKET}/{request.node.callspec.id}/robot"
    fsspec.filesystem("s3").put(f"{folder}/", f"{url}/", recursive=True)
    return folder, url


def plain(out):
    return [
        (s.key, {n: bytes(i) for n, i in s.images.items()}, s.prompt, s.target) for s in vladata.open(out)
    ]


def test_a_dataset_in_a_bucket_is_that_of_the_folder(layout, places, tmp_path):
    folder, url = places
    assert infer(open_source(url)) == infer(open_source(str(folder)))
    for name, place in (("here", folder), ("there", url)):
        convert(place, tmp_path / name, spec=layout.spec, recipe=SMALL)
    assert plain(tmp_path / "there") == plain(tmp_path / "here")
    for place in places:
        assert list(rederive(open_output(str(tmp_path / "there")), str(place))) == []


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name.startswith("lerobot")])
def test_a_file_that_is_not_in_the_bucket_costs_its_episodes(name, proxy, tmp_path):
    layout, url = LAYOUTS[name], f"s3://{BUCKET}/lacking-{name}/robot"
    folder = layout.written(tmp_path / "robot")
    (folder / layout.damage).unlink()
    fsspec.filesystem("s3").put(f"{folder}/", f"{url}/", recursive=True)
    manifest = convert(url, tmp_path / "out", spec=layout.spec, recipe=SMALL)
    assert manifest["ledger"]["episodes"] == {"read": 4, "written": 3, "filtered": 0, "rejected": 1}
    assert "is missing" in (tmp_path / "out/rejected.jsonl").read_text()


def test_a_video_that_is_changed_in_the_bucket_alone_is_noticed(proxy, tmp_path):
    """Its metadata is as before: the listing of the bucket tells, which is one request."""
    layout = LAYOUTS["lerobot-v3.0-video"]
    folder = layout.written(tmp_path / "robot")
    url, system = f"s3://{BUCKET}/changed/robot", fsspec.filesystem("s3")
    system.put(f"{folder}/", f"{url}/", recursive=True)
    convert(url, tmp_path / "whole", spec=layout.spec, recipe=SMALL)
    source = open_source(url)
    before = {file.file: source.version(file.file) for file in source.shards("train")}
    system.pipe_file(f"{url}/{layout.damage}", (folder / layout.damage).read_bytes()[:-300])
    source = open_source(url)
    listings = [path for path in proxy.listed if "changed" in path]
    after = {file.file: source.version(file.file) for file in source.shards("train")}
    assert [name for name in before if before[name] != after[name]] == ["train-episodes-000003-000003"]
    assert len([path for path in proxy.listed if "changed" in path]) == len(listings) + 1
    manifest = convert(url, tmp_path / "out", spec=layout.spec, recipe=SMALL)
    assert manifest["ledger"]["episodes"]["rejected"] == 1


def test_a_small_data_file_is_asked_for_once(proxy, tmp_path):
    """However many episodes it holds, and row groups."""
    layout, url = LAYOUTS["lerobot-v3.0-image"], f"s3://{BUCKET}/once/robot"
    fsspec.filesystem("s3").put(f"{layout.written(tmp_path / 'robot')}/", f"{url}/", recursive=True)
    source = open_source(url)
    proxy.reset()
    proxy.faulty = ("once/robot/data/",)
    for shard in source.shards("train"):
        for record in source.scan(shard):
            data = source.read(record.place, record.crc)
            assert len(source.decode("train", record.place, data)) in layout.steps
            source.content(data)
    assert [path.rpartition("/")[2] for path, _ in proxy.asked] == ["file-000.parquet", "file-001.parquet"]
