"""A small dataset on a local S3 server, in both formats, and the same one in a folder."""

import pytest

import vladata
from tests.conversion import convert
from tests.remote.s3_server import s3_server
from tests.rlds_data import write_bridge_like

BUCKET = "training"


@pytest.fixture(scope="session")
def proxy(tmp_path_factory):
    """The server; s3:// leads to it."""
    with s3_server() as proxy, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "anybody",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": proxy.url,
            "AWS_MAX_ATTEMPTS": "1",  # what is asked for again, vladata asks for
        }.items():
            patch.setenv(name, value)
        import fsspec
        import s3fs

        patch.setattr(s3fs.S3FileSystem, "retries", 1)
        s3fs.S3FileSystem.clear_instance_cache()
        fsspec.filesystem("s3").mkdir(BUCKET)
        yield proxy


@pytest.fixture(scope="session", params=["webdataset", "tfrecord"])
def place(request, proxy, tmp_path_factory):
    """(folder, URL) of a dataset of 24 samples in 4 shards."""
    import fsspec

    folder = tmp_path_factory.mktemp("remote")
    source = write_bridge_like(folder, episodes=4, steps=8, num_shards=2)
    out = folder / f"out-{request.param}"
    convert(source, out, format=request.param, samples_per_shard=6)
    url = f"s3://{BUCKET}/{out.name}"
    fsspec.filesystem("s3").put(f"{out}/", f"{url}/", recursive=True)
    return out, url


@pytest.fixture
def local(place, proxy):
    """The dataset in its folder; the server is honest when a test begins."""
    proxy.reset()
    dataset = vladata.open(place[0])
    assert len(dataset) == 24
    return dataset
