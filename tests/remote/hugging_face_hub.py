"""A server that answers as the Hugging Face hub does for one dataset repository, as far as its file system asks: hf://."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

REPOSITORY, COMMIT = "somebody/robot", "c" * 40


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        api, files = f"/api/datasets/{REPOSITORY}", f"/datasets/{REPOSITORY}/resolve/"
        if path.startswith(f"{api}/tree/"):
            below = path.removeprefix(f"{api}/tree/").partition("/")[2]
            return self._tree(below, "recursive=true" in self.path.lower())
        if path.startswith(files):
            return self._file(self.folder / path.removeprefix(files).partition("/")[2])
        if path == api or path.startswith(f"{api}/revision/"):
            return self._json({"id": REPOSITORY, "sha": COMMIT, "private": False, "siblings": [], "tags": []})
        return self._missing()

    do_HEAD = do_GET  # noqa: N815, the name that http.server looks for

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._json(
            [
                self._entry(self.folder / name)
                for name in json.loads(asked)["paths"]
                if (self.folder / name).exists()
            ]
        )

    def _tree(self, below: str, recursive: bool) -> None:
        folder = self.folder / below
        if not folder.is_dir():
            return self._missing()
        return self._json(
            [self._entry(path) for path in sorted(folder.rglob("*") if recursive else folder.iterdir())]
        )

    def _entry(self, path: Path) -> dict[str, Any]:
        name = path.relative_to(self.folder).as_posix()
        if path.is_dir():
            return {"type": "directory", "oid": "d" * 40, "size": 0, "path": name}
        data = path.read_bytes()
        return {"type": "file", "oid": hashlib.sha1(data).hexdigest(), "size": len(data), "path": name}

    def _file(self, path: Path) -> None:
        if not path.is_file():
            return self._missing()
        data = path.read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha1(data).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        asked = self.headers.get("Range", "")
        if not asked:
            return self._reply(200, data, headers)
        start, stop = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        headers["Content-Range"] = f"bytes {start}-{stop}/{len(data)}"
        return self._reply(206, data[start : stop + 1], headers)

    def _json(self, value: Any) -> None:
        self._reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _missing(self) -> None:
        self._reply(404, b"{}", {"X-Error-Code": "EntryNotFound"})

    def _reply(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@contextmanager
def hub(folder: Path) -> Iterator[str]:
    """Serve the dataset in `folder`; gives the endpoint (HF_ENDPOINT)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"folder": folder}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
