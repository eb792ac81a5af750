"""The server against strangers: who is let in, how long, how many; what it counts and logs; and how it stops."""

import socket
import threading
import time
from contextlib import ExitStack, suppress

import msgpack
import numpy as np
import pytest

pytest.importorskip("websockets")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import vladata
from tests.consumer.serving.marked import Marked, as_openpi, got, observed, running
from vladata.consumer.serving import talking
from vladata.consumer.serving.server import PolicyServer
from vladata.consumer.serving.settings import ServerSettings
from vladata.consumer.serving.wire import Limits, decoded, encoded
from vladata.errors import ContractMismatch, ServerFault, UsageError
from vladata.spec.find import robot


def test_health_and_what_there_is_not():
    with running() as server:
        assert got(server, "/healthz") == (200, "OK\n")
        assert got(server, "/health") == (200, "OK\n")
        assert got(server, "/etc/passwd")[0] == 404
        assert got(server, "/")[0] == 426


def test_metrics_count_what_happened():
    with running() as server:
        with connect(server.url) as link:
            link.recv()
            link.send(encoded(as_openpi(1)))
            link.recv()
            assert "vladata_sessions 1" in got(server, "/metrics")[1]
            link.send(b"\xc1")
            assert "not valid msgpack" in link.recv()
        text = got(server, "/metrics")[1]
    assert 'vladata_messages_total{protocol="openpi",outcome="action"} 1' in text
    assert 'vladata_messages_total{protocol="openpi",outcome="malformed"} 1' in text
    assert 'vladata_batch_size_bucket{le="1"} 1' in text
    assert "vladata_answer_seconds_count 1" in text
    for line in text.splitlines():
        assert line.startswith("# ") or len(line.split(" ")) == 2


def test_who_has_no_token_learns_nothing():
    with running(token="s3cret") as server:
        for headers in (
            {},
            {"Authorization": "Api-Key s3cre"},
            {"Authorization": "Bearer s3cret"},
            {"Authorization": "Api-Key s3cret "[:-2]},
        ):
            with pytest.raises(InvalidStatus) as caught, connect(server.url, additional_headers=headers):
                pass
            assert caught.value.response.status_code == 401
        assert got(server, "/metrics")[0] == 401
        assert got(server, "/healthz")[0] == 200
        assert got(server, "/metrics", Authorization="Api-Key s3cret")[0] == 200
        with vladata.Client(server.url, token="s3cret") as client:
            assert client.act(observed(3)).actions[0, 0] == 3
        with (
            pytest.raises(ServerFault, match="does not let this robot in; got '401: the token") as caught,
            vladata.Client(server.url),
        ):
            pass
        assert caught.value.why == "handshake"
        assert server.metrics.turned_away["token"] == 6
        assert "s3cret" not in str(server.lines)


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")
def test_openpi_client_has_a_token():
    policy = pytest.importorskip("openpi_client.websocket_client_policy")
    with running(token="s3cret") as server:
        robot = policy.WebsocketClientPolicy("127.0.0.1", server.port, api_key="s3cret")
        assert robot.infer(as_openpi(3))["actions"][0, 0] == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "10.0.0.1"])
def test_other_machines_need_a_token(host):
    with pytest.raises(UsageError, match="needs a token"):
        PolicyServer(Marked(), ServerSettings(host=host))
    for token in ("", " ", "é"):
        with pytest.raises(UsageError, match="ASCII"):
            PolicyServer(Marked(), ServerSettings(host=host, token=token))
    assert ServerSettings(host=host, token="s3cret").checked()
    assert all(ServerSettings(host=each).checked() for each in ("127.0.0.1", "::1", "localhost", "127.8.0.1"))


def test_pages_of_browsers_are_not_let_in():
    with running() as server:
        with pytest.raises(InvalidStatus) as caught, connect(server.url, origin="http://localhost:8888"):
            pass
        assert caught.value.response.status_code == 403


def test_there_are_so_many_places():
    with running(sessions=2) as server, connect(server.url), connect(server.url):
        with (
            pytest.raises(ServerFault, match="503: all 2 places are taken") as caught,
            vladata.Client(server.url, patience=0.2),
        ):
            pass
        assert caught.value.why == "refused"
        assert server.metrics.turned_away["full"] >= 1
        assert got(server, "/healthz")[0] == 200


def test_too_many_questions_are_refused():
    with running(Marked(took=0.3), waiting=1, most=1) as server:
        links = [connect(server.url) for _ in range(4)]
        opened = [link.__enter__() for link in links]
        for mark, link in enumerate(opened):
            link.recv()
            link.send(encoded(as_openpi(mark)))
        said = [link.recv() for link in opened]
        for link in links:
            link.__exit__(None, None, None)
    busy = [each for each in said if isinstance(each, str)]
    assert 1 <= len(busy) <= 3
    assert set(busy) == {"too many questions are waiting; ask again later."}
    marks = [decoded(each)["actions"][0, 0] for each in said if isinstance(each, bytes)]
    assert marks == [mark for mark, each in enumerate(said) if isinstance(each, bytes)]


def test_a_greedy_robot_gets_one_turn_at_a_time():
    policy = Marked(took=0.02)
    with (
        running(policy, most=1) as server,
        connect(server.url) as greedy,
        vladata.Client(server.url) as client,
    ):
        greedy.recv()
        thread = threading.Thread(
            target=lambda: [greedy.send(encoded(as_openpi(1000 + i))) for i in range(50)]
        )
        thread.start()
        start = time.monotonic()
        assert [client.act(observed(i)).actions[0, 0] for i in range(10)] == list(range(10))
        took = time.monotonic() - start
        answers = [decoded(greedy.recv())["actions"][0, 0] for _ in range(50)]
        thread.join()
    assert answers == [1000 + i for i in range(50)]
    assert took < 50 * 0.02, "ten questions wait for ten of the greedy robot's, not for all"
    marks = [float(each.state[0]) for each in policy.seen]
    mine = [i for i, mark in enumerate(marks) if mark < 1000]
    assert max(np.diff(mine)) <= 3


def test_who_errs_waits_in_line_and_the_others_do_not(monkeypatch):
    monkeypatch.setattr(talking, "PAUSE", 1.0)
    bad = msgpack.packb({"type": "observation", "payload": {}, "seq": 1, "timestamp": 0.0})
    with running() as server, ExitStack() as stack, vladata.Client(server.url) as client:
        links = [stack.enter_context(connect(server.url)) for _ in range(2)]
        for link in links:
            link.recv()
            link.send(bad)
        assert [client.act(observed(i)).actions[0, 0] for i in range(20)] == list(range(20))
        answered = [link for link in links if _is_answered(link)]
        assert len(answered) < 2, "a second error is answered a second after the first"
        assert all(b"error" in link.recv(timeout=10) for link in links if link not in answered)


def _is_answered(link):
    try:
        return b"error" in link.recv(timeout=0)
    except TimeoutError:
        return False


def test_messages_over_the_limit_end_the_connection():
    with running(limits=Limits(size=5000)) as server, connect(server.url) as link:
        link.recv()
        link.send(b"\0" * 6000)
        with pytest.raises(ConnectionClosed) as caught:
            link.recv()
        assert caught.value.rcvd.code == 1009


def test_text_is_no_message():
    with running() as server, connect(server.url) as link:
        link.recv()
        link.send("hello")
        assert "a message must be bytes" in link.recv()
        with pytest.raises(ConnectionClosed) as caught:
            link.recv()
        assert caught.value.rcvd.code == 1011


def test_who_says_nothing_is_let_go():
    with running(idle=0.2) as server, connect(server.url) as link:
        link.recv()
        with pytest.raises(ConnectionClosed):
            link.recv(timeout=5)


def test_who_sends_a_message_drop_by_drop_is_let_go():
    with running(idle=0.5) as server, connect(server.url) as link:
        link.recv()
        link.socket.sendall(b"\x82\xfe\x10\x00" + b"\0\0\0\0")  # a frame of 4,096 bytes begins
        with suppress(OSError):
            for _ in range(100):
                link.socket.sendall(b"\0")
                time.sleep(0.05)
        assert server.metrics.sessions == 0


def test_who_does_not_shake_hands_is_let_go():
    with running(slow=0.3) as server, socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.settimeout(5)
        raw.sendall(b"GET / HTTP/1.1\r\n")
        assert raw.recv(1000) == b""


def test_who_reads_nothing_is_let_go():
    policy = Marked(chunk=9_000)
    with running(policy, slow=0.3) as server:
        with connect(server.url, max_queue=1) as link:
            link.recv()
            for _ in range(200):
                try:
                    link.send(encoded(as_openpi(1)))
                except ConnectionClosed:
                    break
            deadline = time.monotonic() + 10
            while server.metrics.sessions and time.monotonic() < deadline:
                time.sleep(0.05)
            assert server.metrics.sessions == 0
        with vladata.Client(server.url) as client:
            assert client.act(observed(2)).actions[0, 0] == 2


def test_what_is_asked_is_answered_before_it_stops():
    with running(Marked(took=0.5)) as server, connect(server.url) as asks, connect(server.url) as waits:
        for link in (asks, waits):
            link.recv()
        asks.send(encoded(as_openpi(4)))
        time.sleep(0.1)
        server.stopping()
        with pytest.raises(ConnectionClosed) as caught:
            waits.recv(timeout=0.3)
        assert caught.value.rcvd.code == 1001
        assert decoded(asks.recv())["actions"][0, 0] == 4
        with pytest.raises(ConnectionClosed) as caught:
            asks.recv()
        assert caught.value.rcvd.code == 1001
    assert [event for event, _ in server.lines][-1] == "stopped"


def test_robots_that_do_not_fit_the_policy():
    with pytest.raises(
        ContractMismatch, match=r"robot droid: the robot's state has other names.*got 'joint_0, .*allowed: x"
    ):
        PolicyServer(Marked(), robots={"openpi": robot("droid")})

    class Turned(Marked):
        cameras = ("overhead",)

    with pytest.raises(
        ContractMismatch, match=r"robot libero: .*a camera that the policy needs.*also overhead"
    ):
        PolicyServer(Turned(), robots={"openpi": robot("libero")})
