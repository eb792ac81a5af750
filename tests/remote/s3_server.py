"""A real S3 server (moto's) behind a proxy that answers wrongly when it is told to.

The proxy sends each request on and remembers the answer, so that hundreds of epochs need few of the server; then it does one of
FAULTS to the answer. Which, `choose` says for each request for bytes of a file under FAULTY.
"""

import http.client
import logging
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTY = (".tar", ".arrow", "tfrecord-")
SLOW = 0.45
"""Seconds that a slow answer takes; the tests' patience is shorter."""
OVERLOADED = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
FAULTS = ("503", "429", "500", "reset", "short", "cut", "slow", "whole", "other", "garbage")
"""What happens to an answer.

503, 429, 500   the status, in place of it
reset           the connection is reset before it
short           half of it, and a Content-Length that says so
cut             half of it under the right Content-Length, and the connection is closed
slow            it comes late
whole           the whole file with status 200, whatever range was asked for
other           the bytes of another range, as long
garbage         other bytes, as many
"""


class Proxy:
    """What the proxy does.

    choose: (path, range) -> one of FAULTS or "".   did: fault -> how often.
    asked:  (path, range) of each request for a faulty file.   listed: path and query of each listing.
    """

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.choose: Callable[[str, str], str] = lambda path, range_: ""
        self.faulty: tuple[str, ...] = FAULTY
        self.did: Counter[str] = Counter()
        self.asked: list[tuple[str, str]] = []
        self.listed: list[str] = []
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[int, list[tuple[str, str]], bytes]] = {}
        self.url = ""

    def reset(self) -> None:
        """Honest again, and nothing counted; the answers of the server stay known."""
        self.choose, self.faulty = lambda path, range_: "", FAULTY
        self.did, self.asked, self.listed, self.most_under_way = Counter(), [], [], 0

    def answer(self, method: str, path: str, headers: Any, body: bytes, range_: str) -> Any:
        """Status, headers and body from the server."""
        key = (path, range_)
        if method == "GET" and key in self._known:
            return self._known[key]
        connection = http.client.HTTPConnection(*self.upstream, timeout=60)
        sent = {name: value for name, value in headers.items() if name.lower() not in ("range", "connection")}
        connection.request(method, path, body, sent | ({"Range": range_} if range_ else {}))
        found = connection.getresponse()
        kept = [
            (n, v)
            for n, v in found.getheaders()
            if n.lower() not in ("connection", "transfer-encoding", "date", "server")
        ]
        answer = found.status, kept, found.read()
        connection.close()
        if method == "GET":
            self._known[key] = answer
        else:
            self._known.clear()  # something may have been written
        return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do(self) -> None:
        proxy, range_ = self.proxy, self.headers.get("Range", "")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = ""
        path = self.path.partition("?")[0]
        with proxy.lock:
            proxy.under_way += 1
            proxy.most_under_way = max(proxy.most_under_way, proxy.under_way)
            if self.command == "GET" and "list-type=" in self.path:
                proxy.listed.append(self.path)
            if self.command == "GET" and any(name in path for name in proxy.faulty):
                proxy.asked.append((path, range_))
                fault = proxy.choose(path, range_)
                proxy.did[fault] += 1
        try:
            self.send(fault, body, range_)
        finally:
            with proxy.lock:
                proxy.under_way -= 1

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do  # noqa: N815, the names that http.server looks for

    def send(self, fault: str, body: bytes, range_: str) -> None:
        if fault.isdigit():
            return self.reply(int(fault), [("Content-Type", "application/xml")], OVERLOADED)
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return None
        if fault == "slow":
            time.sleep(SLOW)
        asked = {"whole": "", "other": _another(range_)}.get(fault, range_)
        status, headers, data = self.proxy.answer(self.command, self.path, self.headers, body, asked)
        if fault == "garbage":
            data = bytes(byte ^ 0x5A for byte in data)
        if fault == "short":
            return self.reply(200, headers, data[: len(data) // 2])
        if fault == "cut":
            self.reply(status, headers, data[: len(data) // 2], announced=len(data))
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        return self.reply(status, headers, data)

    def reply(
        self, status: int, headers: list[tuple[str, str]], data: bytes, announced: int | None = None
    ) -> None:
        self.send_response(status)
        said = {name.lower(): value for name, value in headers}
        length = said.get("content-length", "0") if self.command == "HEAD" else str(announced or len(data))
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that has gone is no news."""


def _another(range_: str) -> str:
    """A range as long, half its length further on, or back where there is nothing before it."""
    if not range_:
        return range_
    start, stop = (int(number) for number in range_.removeprefix("bytes=").split("-"))
    by = (stop - start) // 2
    return f"bytes={start - by}-{stop - by}" if start >= by else f"bytes={start + by}-{stop + by}"


@contextmanager
def s3_server() -> Iterator[Proxy]:
    """Runs the server and its proxy; `proxy.url` is the endpoint."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    proxy = Proxy(*moto.get_host_and_port())
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"proxy": proxy}))
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        moto.stop()
