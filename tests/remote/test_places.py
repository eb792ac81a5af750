"""Where a remote dataset may lie: behind plain HTTP, in a mixture on this machine, in a mixture that is itself remote."""

import functools
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

import vladata
from tests.mix.made import mixture, settings, web
from tests.remote.conftest import BUCKET
from vladata.mixtures.virtual import write_virtual


class Quiet(SimpleHTTPRequestHandler):
    """Python's own server: it knows no ranges, and sends whole files."""

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def http(place):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(place[0])))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("size", [0, "1GB"])
def test_a_folder_behind_http(size, http, local, tmp_path):
    remote = vladata.open(http, cache={"folder": tmp_path, "size": size})
    assert remote.read_batch([3, 23, 9])["key"] == [local[i].key for i in (3, 23, 9)]


@pytest.fixture(scope="module")
def captions(tmp_path_factory, proxy):
    folder = web(tmp_path_factory.mktemp("web"), "captions", 20)
    url = f"s3://{BUCKET}/captions"
    fsspec.filesystem("s3").put(f"{folder}/", f"{url}/", recursive=True)
    return url


@pytest.mark.parametrize("where", ["local", "remote"])
def test_a_virtual_mixture_of_remote_sources(where, place, local, captions, proxy, tmp_path):
    """Its samples are those of its sources; the cache that it is opened with is theirs too."""
    spec = mixture({"robot": 1, "web": 1}, window=8)
    out = str(tmp_path / "mix") if where == "local" else f"s3://{BUCKET}/mix-{place[0].name}"
    write_virtual(settings(spec, out, {"robot": place[1], "web": captions}), overwrite=True)
    proxy.reset()
    mixed = vladata.open(out, cache={"folder": tmp_path / "cache", "size": "1GB"})
    columns = mixed.read_batch(range(len(mixed)))
    texts = {sample.key: sample.prompt for source in (local, vladata.open(captions)) for sample in source}
    found = dict(zip((re.sub(r"-r+\d+$", "", key) for key in columns["key"]), columns["prompt"], strict=True))
    assert found == texts  # the smaller source comes again
    proxy.reset()
    mixed.read_batch(range(len(mixed)))
    assert proxy.asked == []
