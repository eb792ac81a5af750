"""An OpenAI-compatible server in a thread, which counts what it is asked and can misbehave; and a dataset of many episodes.

An episode is known by its instruction, "task 17", which stands in the prompt.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from vladata.formats import tfrecord
from vladata.formats.example import encode_example, parse_example

QUESTION = """
name: told
frames: 2
fields: [plan, subtask]
prompt: 'Do "{instruction}", {first} to {last}: {frames}. [{"start": 0, "stop": 1, "field": "plan", "value": "x"}]'
"""


def plan_of(number: int) -> str:
    """Return a good answer about an episode."""
    return json.dumps([{"start": 0, "stop": 4, "field": "plan", "value": f"plan {number}"}])


class Server(ThreadingHTTPServer):
    """behave: (handler, number of the episode, how often it was asked) -> None once it has answered."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behave: Callable[["Handler", int, int], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.asked: Counter[int] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.most = self.now = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no matter."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.prompt = body["messages"][0]["content"][0]["text"]
        number = int((re.findall(r"task (\d+)", self.prompt) or ["-1"])[0])
        with server.lock:
            server.asked[number] += 1
            count = server.asked[number]
            server.now += 1
            server.most = max(server.most, server.now)
            if len(server.bodies) < 5:
                server.bodies.append(body)
            server.headers.append(dict(self.headers))
        try:
            server.behave(self, number, count)
        finally:
            with server.lock:
                server.now -= 1

    def send(self, text: str, code: int = 200, **headers: str) -> None:
        data = text.encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, text: str, finish: str = "stop") -> None:
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
        self.send(json.dumps({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}))

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving(behave: Callable[[Handler, int, int], None]) -> Iterator[Server]:
    """A server while the block runs."""
    server = Server(behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def many(clean: Path, folder: Path, count: int) -> Path:
    """The first episode of `clean` `count` times in one file, told apart by its instruction."""
    folder.mkdir(parents=True)
    (folder / "features.json").write_bytes((clean / "features.json").read_bytes())
    info = json.loads((clean / "dataset_info.json").read_bytes())
    split = next(split for split in info["splits"] if split["name"] == "train")
    split["shardLengths"] = [str(count)]
    info["splits"] = [split]
    (folder / "dataset_info.json").write_text(json.dumps(info))
    first = sorted(clean.glob("*train*"))[0]
    with first.open("rb") as file:
        record = next(iter(tfrecord.scan_records(file)))
    features = parse_example(record.data)
    steps = len(features["steps/language_instruction"])
    with (folder / first.name.replace("-of-00002", "-of-00001")).open("wb") as file:
        for number in range(count):
            features["steps/language_instruction"] = [f"task {number}".encode()] * steps
            file.write(tfrecord.frame(encode_example(features)))
    return folder
