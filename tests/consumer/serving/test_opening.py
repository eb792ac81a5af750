"""Connections that do not finish their opening handshake, with real sockets: bounded, and never in the way of a robot."""

import socket
from contextlib import ExitStack

import pytest

pytest.importorskip("websockets")

from websockets.sync.client import connect

import vladata
from tests.consumer.serving.marked import as_openpi, got, observed, running
from vladata.consumer.serving.wire import decoded, encoded


def opened(server):
    raw = socket.create_connection(("127.0.0.1", server.port))
    raw.settimeout(5)
    return raw


def ends(raw):
    """Return True where the other side has closed or reset a connection, and False where it has said nothing for a while."""
    raw.settimeout(0.2)
    try:
        return raw.recv(1000) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_a_crowd_that_does_not_shake_hands_is_bounded_and_keeps_no_robot_out():
    with running(opening=4, slow=60.0) as server, ExitStack() as stack:
        silent = []
        for _ in range(12):
            silent.append(stack.enter_context(opened(server)))
            silent[-1].sendall(b"GET / HTTP/1.1\r\n")  # and never the end of the request
        with vladata.Client(server.url) as client:
            assert client.act(observed(7)).actions[0, 0] == 7
            assert [ends(raw) for raw in silent] == [True] * 9 + [False] * 3
            assert server.metrics.turned_away == {"handshake": 9}
            assert client.act(observed(8)).actions[0, 0] == 8
            assert got(server, "/healthz")[0] == 200
        assert 'vladata_turned_away_total{reason="handshake"} 9' in got(server, "/metrics")[1]


def test_robots_that_shook_hands_and_requests_that_ended_count_no_more():
    with running(opening=2, sessions=8) as server, ExitStack() as stack:
        links = [stack.enter_context(connect(server.url)) for _ in range(6)]
        for _ in range(6):
            assert got(server, "/healthz")[0] == 200
        for mark, link in enumerate(links):
            link.recv()
            link.send(encoded(as_openpi(mark)))
            assert decoded(link.recv())["actions"][0, 0] == mark
        assert server.metrics.turned_away == {}


def test_a_server_that_stops_waits_for_no_handshake():
    with running(slow=60.0) as server, opened(server) as raw:
        assert got(server, "/healthz")[0] == 200  # so that the silent connection before it is counted
        server.stop()
        assert ends(raw)
