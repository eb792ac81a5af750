"""A folder served over HTTP on this machine, for the tests of remote sources."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Server(ThreadingHTTPServer):
    """ranges: answer Range requests, as every object store does and Python's http.server does not.
    listing: answer for a folder with links to its files.
    sizes: say how long an answer is.
    broken: answer everything with status 500.
    requests: what was asked for, "GET /1.0.0/features.json" with the range behind it.
    """

    daemon_threads = True
    ranges = True
    listing = True
    sizes = True
    broken = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.requests: list[str] = []


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def list_directory(self, path: Any) -> Any:
        if self.server.listing:
            return super().list_directory(path)
        self.send_error(HTTPStatus.FORBIDDEN)
        return None

    def send_header(self, keyword: str, value: str) -> None:
        if self.server.sizes or keyword != "Content-Length":
            super().send_header(keyword, value)

    def send_head(self) -> Any:
        self.server.requests.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        if self.server.broken:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
            return None
        return super().send_head()

    def do_GET(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not (wanted and self.server.ranges and path.is_file()):
            super().do_GET()
            return
        self.server.requests.append(f"GET {self.path} {wanted[0]}")
        data, start = path.read_bytes(), int(wanted[1])
        end = min(int(wanted[2] or len(data) - 1), len(data) - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(data[start : end + 1])


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Server]]:
    """The folder's URL, and the server, while the block runs."""
    server = Server(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
