"""vladata.Client: what it says when something is wrong, and how it comes back."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("websockets")

from websockets.sync.server import serve

import vladata
from tests.consumer.serving.marked import Marked, observed, running
from vladata.consumer.serving.wire import encoded
from vladata.errors import ContractMismatch, MalformedMessage, MissingExtra, ServerFault, UsageError

ROOT = Path(__file__).resolve().parents[3]


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def fault_of(url, **settings):
    with (
        pytest.raises(ServerFault) as caught,
        vladata.Client(url, **{"timeout": 5.0, "patience": 0.3, **settings}) as client,
    ):
        client.act(observed(1))
    return caught.value


class Other:
    """A websocket server of another kind, which does `talk` with each connection."""

    def __init__(self, talk):
        self.server = serve(talk, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.server.shutdown()


def test_nobody_is_there():
    start = time.monotonic()
    fault = fault_of(f"ws://127.0.0.1:{free_port()}", patience=1.0)
    assert (fault.why, fault.what) == ("refused", "no server answers there")
    assert "vladata serve" in str(fault)
    assert 0.1 < time.monotonic() - start < 5, "it is tried again, for as long as it is worth waiting"


@pytest.mark.parametrize(
    ("url", "settings", "says"),
    [
        (8000, {}, "not an address of a policy server; got 8000"),
        ("ws://127.0.0.1:1", {"timeout": -1}, "timeout must be a number of seconds, 0 or more; got -1"),
        ("ws://127.0.0.1:1", {"patience": "1s"}, "patience must be a number of seconds, 0 or more; got '1s'"),
    ],
)
def test_settings_of_the_wrong_kind(url, settings, says):
    with pytest.raises(UsageError, match=says):
        vladata.Client(url, **settings)


def test_no_address():
    with pytest.raises(UsageError, match="not an address of a policy server; got 'localhost:8000'"):
        vladata.Client("localhost:8000")


@pytest.mark.parametrize(
    "greeting", [b"\xc1", encoded({"a": 1}), encoded([1]), "hello", encoded({"vladata": 99, "version": "9"})]
)
def test_what_listens_is_no_policy_server(greeting):
    with Other(lambda link: link.send(greeting)) as other:
        fault = fault_of(other.url)
    assert (fault.why, fault.what) == ("handshake", "the program that listens there is not a policy server")


def test_what_listens_speaks_no_websocket():
    def talk():
        link, _ = server.accept()
        with link:
            link.sendall(b"SSH-2.0-x\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk)
        thread.start()
        fault = fault_of(f"ws://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert fault.why == "handshake"


def test_what_listens_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        fault = fault_of(f"ws://127.0.0.1:{server.getsockname()[1]}", timeout=0.2)
    assert (fault.why, fault.what) == ("refused", "the server did not answer in time")


def test_no_answer_in_time_and_none_that_comes_too_late():
    policy = Marked(took=0.5)
    with running(policy) as server, vladata.Client(server.url, timeout=0.2) as client:
        with pytest.raises(
            ServerFault, match=r"did not answer in time; got 'no answer within 0.2 s'"
        ) as caught:
            client.act(observed(1))
        assert caught.value.why == "no answer"
        policy.took = 0
        time.sleep(0.5)
        assert client.act(observed(2)).actions[0, 0] == 2


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"id": 7}, "belongs to another question; got 7"),
        (
            {"actions": [[1, 2]]},
            r"do not fit each other; got .\[1, 2\], 3 names and 1 ends.; allowed: actions \[H, D\]",
        ),
        ({"names": None}, "lacks a part"),
        ({"ends": [True, False]}, "do not fit each other"),
    ],
)
def test_answers_that_are_none(told, says):
    right = {
        "id": 1,
        "actions": [[1.0, 2.0, 3.0]],
        "names": ["a", "b", "c"],
        "ends": [False],
        "terminate": False,
        "plan": "",
        "texts": {},
    }

    def talk(link):
        link.send(encoded({"vladata": 1}))
        link.recv()
        link.send(encoded({**right, **told}))
        link.recv()

    with (
        Other(talk) as other,
        vladata.Client(other.url) as client,
        pytest.raises(MalformedMessage, match=says),
    ):
        client.act(observed(1))


def test_the_policy_is_the_one_that_is_expected():
    with running(Marked(chunk=2)) as server:
        contract = {"codec": "marked", "chunk": 2}
        with (
            vladata.Client(server.url, expect=contract),
            vladata.Client(server.url, expect={"frames": 1, "contract": contract}),
        ):
            pass
        with pytest.raises(ContractMismatch, match=r"(?s)not the expected one.*chunk: 3 here, 2 there"):
            vladata.Client(server.url, expect={**contract, "chunk": 3}).contract()
        with pytest.raises(ContractMismatch, match=r'(?s)cameras\[0\]: "wrist" here, "primary" there'):
            vladata.Client(server.url, expect={"cameras": ["wrist"]}).contract()


def test_a_server_that_comes_back_with_another_policy():
    port = free_port()
    with running(Marked(chunk=2), port=port) as server:
        client = vladata.Client(server.url)
        client.act(observed(1))
    with (
        running(Marked(chunk=3), port=port),
        pytest.raises(ContractMismatch, match=r"(?s)another policy than before.*chunk: 2 here, 3"),
    ):
        client.act(observed(1))
    client.close()


def test_an_observation_is_sent_once():
    with running() as server:
        client = vladata.Client(server.url, patience=0.2)
        assert client.act(observed(1)).actions[0, 0] == 1
    with pytest.raises(ServerFault) as caught:
        client.act(observed(2))
    assert caught.value.why in ("lost", "refused")
    client.close()


def test_a_function_is_asked_once_the_server_is_there_again():
    port, looks = free_port(), []

    def look():
        looks.append(time.monotonic())
        return observed(len(looks))

    with running(port=port) as server:
        client = vladata.Client(server.url, patience=20)
        assert client.act(look).actions[0, 0] == 1
    found = []
    waiting = threading.Thread(target=lambda: found.append(client.act(look)))
    waiting.start()
    time.sleep(0.5)
    back = time.monotonic()
    with running(port=port):
        waiting.join(20)
    assert found[0].actions[0, 0] == 2
    assert looks[1] > back, "what was seen before the server was there again is not sent"
    client.close()


def test_many_at_once_in_one_loop():
    async def robots(url):
        clients = [vladata.AsyncClient(url) for _ in range(5)]
        found = await asyncio.gather(*(client.act(observed(mark)) for mark, client in enumerate(clients)))
        await asyncio.gather(*(client.close() for client in clients))
        return [each.actions[0, 0] for each in found]

    with running() as server:
        assert asyncio.run(robots(server.url)) == [0, 1, 2, 3, 4]


def test_questions_of_one_client_take_turns():
    async def asked(url):
        async with vladata.AsyncClient(url) as client:
            found = await asyncio.gather(*(client.act(observed(mark)) for mark in range(10)))
            return [each.actions[0, 0] for each in found]

    with running() as server:
        assert asyncio.run(asked(server.url)) == list(range(10))


def test_a_question_that_is_given_up_leaves_no_answer_behind():
    async def asked(url, policy):
        async with vladata.AsyncClient(url) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.act(observed(1)), 0.1)
            policy.took = 0
            return (await client.act(observed(2))).actions[0, 0]

    policy = Marked(took=0.4)
    with running(policy) as server:
        assert asyncio.run(asked(server.url, policy)) == 2


def test_what_a_client_needs_is_said(monkeypatch):
    monkeypatch.setattr("vladata.consumer.serving.client.find_spec", lambda package: None)
    with pytest.raises(
        MissingExtra, match=r'(?s)vladata.Client needs msgpack.*pip install "vladata\[serve\]"'
    ):
        vladata.AsyncClient()


def test_a_client_imports_no_torch():
    code = "import sys, vladata; vladata.Client; print(sorted({'torch', 'transformers', 'tensorflow'} & set(sys.modules)))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )
