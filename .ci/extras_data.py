"""The data of the trials of extras: small datasets, two small models of Hugging Face, and servers on this machine."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from fresh import ROOT

from tests.remote.s3_server import s3_server
from tests.small_layouts import LAYOUTS


def put(name: str, made: Path, folder: Path) -> None:
    """Copy small data of that name from `made`, where each is made once, to `folder`."""
    if not (made / name).exists():
        with contextlib.chdir(made), contextlib.redirect_stdout(None):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            {**LAYOUTS, **MODELS}[name](Path(name))
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    copy = shutil.copytree if (made / name).is_dir() else shutil.copy
    copy(made / name, folder / name)


def clip(path: Path) -> None:
    """A model that embeds images and texts."""
    from tests.corpora import tiny_clip

    tiny_clip.write(path)


def vlm(path: Path) -> None:
    """A model that answers in words, without sense."""
    from tests.annotate import tiny_vlm

    tiny_vlm.write(path)


MODELS: dict[str, Callable[[Path], object]] = {"clip": clip, "vlm": vlm}


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder."""

    def log_message(self, *_: object) -> None:
        """Write no line for a request."""


class GoogleStore(BaseHTTPRequestHandler):
    """The little of Google's JSON API by which gcsfs lists and reads the objects of a bucket: the files of `folder`."""

    folder: Path

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        name = unquote(url.path.partition("/b/bucket/o/")[2])
        path = self.folder / name
        if url.path.endswith("/b/bucket/o"):
            return self.reply(
                json.dumps(self.listed(query.get("prefix", ""), query.get("delimiter", ""))).encode()
            )
        if not name or not path.is_file():
            return self.reply(b"", 404)
        if query.get("alt") != "media":
            return self.reply(json.dumps(told(path, name)).encode())
        data = path.read_bytes()
        if self.headers["Range"]:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            return self.reply(data[int(first) : int(last) + 1 if last else None], 206)
        return self.reply(data)

    def listed(self, prefix: str, delimiter: str) -> dict[str, object]:
        """Return the objects whose names begin with the prefix; those below a delimiter only as the folder they share."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        names = [
            name
            for name in (path.relative_to(self.folder).as_posix() for path in files)
            if name.startswith(prefix)
        ]
        below = [name for name in names if delimiter and delimiter in name[len(prefix) :]]
        folders = {prefix + name[len(prefix) :].partition(delimiter)[0] + delimiter for name in below}
        items = [told(self.folder / name, name) for name in names if name not in below]
        return {"items": items, "prefixes": sorted(folders)}

    def reply(self, data: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a reader may stop before the end
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Write no line for a request."""


def told(path: Path, name: str) -> dict[str, str]:
    """Return the description of an object."""
    return {"name": name, "bucket": "bucket", "size": str(path.stat().st_size), "generation": "1", "id": name}


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve in a thread; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def http(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the demo's outputs at $URL."""
    with listening(partial(Quiet, directory=str(folder / "out/demo"))) as url:
        yield {"URL": url}


@contextmanager
def gs(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the demo's outputs as a bucket in the place of Google's."""
    with listening(type("Bound", (GoogleStore,), {"folder": folder / "out/demo"})) as url:
        anonymous = {"FSSPEC_GS_TOKEN": "anon", "FSSPEC_GCS_TOKEN": "anon"}
        plain = {
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"
        }  # else the kind of the bucket is asked of Google itself
        yield {"STORAGE_EMULATOR_HOST": url, **anonymous, **plain}


@contextmanager
def s3(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the demo's outputs as a bucket of a real S3 server."""
    import s3fs

    with s3_server() as proxy:
        told = {"AWS_ENDPOINT_URL": proxy.url, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        store = s3fs.S3FileSystem(
            endpoint_url=proxy.url, key="key", secret="secret", skip_instance_cache=True
        )
        store.mkdir("bucket")
        store.put(f"{folder}/out/demo/vla", "bucket/vla", recursive=True)
        yield told


@contextmanager
def policy(folder: Path) -> Iterator[dict[str, str]]:
    """Train the tutorial's policy and serve it, both in this environment; write the program that asks it."""
    page = (ROOT / "docs/tutorial-train-and-serve.md").read_text()
    (config,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (ask,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (folder / "pick.yaml").write_text(config)
    vladata = [sys.executable, "-m", "vladata.cli.main"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = partial(subprocess.run, cwd=folder, env=environment, check=True, capture_output=True)
    ran([*vladata, "train", "./pick.yaml", "--out", "runs/pick"])
    command = [*vladata, "serve", "runs/pick", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        (folder / "ask.py").write_text(ask.replace("ws://127.0.0.1:8000", address))
        try:
            yield {}
        finally:
            server.terminate()


SERVERS: dict[str, Callable[[Path], AbstractContextManager[dict[str, str]]]] = {
    "http": http,
    "gs": gs,
    "s3": s3,
    "policy": policy,
}
