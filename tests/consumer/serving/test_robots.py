"""Robots of openpi-client, vla-eval and our own client: each gets its own answers, and what it is used to."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("websockets")

import vladata
from tests.consumer.serving.marked import Marked, as_openpi, as_vla_eval, observed, running
from vladata.errors import ServerFault

pytestmark = pytest.mark.filterwarnings(
    "ignore:connect.. must be used:DeprecationWarning"
)  # openpi-client's and vla-eval's


def openpi(server):
    policy = pytest.importorskip("openpi_client.websocket_client_policy")
    return policy.WebsocketClientPolicy("127.0.0.1", server.port)


def test_a_robot_of_openpi():
    with running(Marked(chunk=3)) as server:
        robot = openpi(server)
        assert robot.get_server_metadata()["contract"] == {"codec": "marked", "chunk": 3}
        for mark in (3, 4):
            answer = robot.infer(as_openpi(mark, level=7))
            assert answer["actions"].dtype == np.float32
            assert answer["actions"].tolist() == [[mark, 7, 1], [mark, 8, 1], [mark, 9, 1]]
            assert not [
                name for name, value in answer.items() if isinstance(value, np.ndarray) and name != "actions"
            ]
            assert answer["policy_timing"]["infer_ms"] <= answer["server_timing"]["infer_ms"]


def test_the_broker_of_openpi():
    broker = pytest.importorskip("openpi_client.action_chunk_broker")
    policy = Marked(chunk=3)
    with running(policy) as server:
        robot = broker.ActionChunkBroker(openpi(server), action_horizon=3)
        found = [robot.infer(as_openpi(mark))["actions"].tolist() for mark in range(5)]
    assert found == [[0, 9, 1], [0, 10, 1], [0, 11, 1], [3, 9, 1], [3, 10, 1]]
    assert policy.batches == [1, 1]


def test_openpi_is_told_what_is_wrong_and_nothing_else():
    with running() as server:
        with pytest.raises(RuntimeError, match="another aspect") as caught:
            openpi(server).infer({**as_openpi(0), "images": {"primary": np.full((8, 4, 3), 9, np.uint8)}})
        assert "Traceback" not in str(caught.value)
        assert ".py" not in str(caught.value)
        with pytest.raises(RuntimeError, match=r"lacks a key; got 'images, state'") as caught:
            openpi(server).infer({k: v for k, v in as_openpi(0).items() if k != "prompt"})
        with pytest.raises(RuntimeError, match="the policy failed") as caught:
            openpi(server).infer(as_openpi(0, instruction="break"))
        assert "secret" not in str(caught.value)
        assert any("secret" in said.get("text", "") for event, said in server.lines if event == "error")
        assert openpi(server).infer(as_openpi(5))["actions"][0, 0] == 5


def vla_eval(url):
    return pytest.importorskip("vla_eval.connection").Connection(
        url, timeout=5, max_retries=2, backoff_base=0.1
    )


def test_a_robot_of_vla_eval_gets_a_chunk_step_by_step():
    policy = Marked(chunk=3)

    async def episode(url):
        async with vla_eval(url) as robot:
            assert robot.server_info["protocol_version"] == 1
            await robot.start_episode({"task": {"name": "go"}})
            first = [await robot.act(as_vla_eval(mark)) for mark in range(5)]
            await robot.end_episode({"success": True})
            await robot.start_episode({})
            return first, await robot.act(as_vla_eval(8))

    with running(policy) as server:
        first, again = asyncio.run(episode(server.url))
    assert [each["actions"].tolist() for each in first] == [
        [0, 9, 1],
        [0, 10, 1],
        [0, 11, 1],
        [3, 9, 1],
        [3, 10, 1],
    ]
    assert again["actions"].tolist() == [8, 9, 1]  # of the chunk of the episode before, nothing is left
    assert policy.batches == [1, 1, 1]


def test_of_a_chunk_as_many_are_done_as_is_said():
    async def three(url):
        async with vla_eval(url) as robot:
            return [(await robot.act(as_vla_eval(mark)))["actions"].tolist() for mark in range(3)]

    with running(Marked(chunk=3), execute=2) as server:
        assert asyncio.run(three(server.url)) == [[0, 9, 1], [0, 10, 1], [2, 9, 1]]


def test_an_error_of_vla_eval_keeps_the_connection():
    async def errs(url):
        async with vla_eval(url) as robot:
            with pytest.raises(RuntimeError, match=r"other cameras|lacks a key"):
                await robot.act({**as_vla_eval(0), "images": {}})
            return await robot.act(as_vla_eval(6))

    with running() as server:
        assert asyncio.run(errs(server.url))["actions"].tolist() == [6, 9, 1]
        assert server.metrics.answered["vla-eval", "refused"] == 1


@pytest.mark.parametrize(
    ("stride", "expected"),
    [(1, [[2, 2, 2], [3, 2, 2], [4, 3, 2], [5, 4, 3]]), (2, [[2, 2, 2], [3, 2, 2], [4, 2, 2], [5, 3, 2]])],
)
def test_the_frames_before_are_those_of_this_robot(stride, expected):
    policy = Marked(frames=3, stride=stride)

    async def steps(url):
        async with vla_eval(url) as one, vla_eval(url) as other:
            for level in (2, 3, 4, 5):
                await one.act(as_vla_eval(0, level=level))
                await other.act(as_vla_eval(0, level=level + 100))
            await one.start_episode({})
            await one.act(as_vla_eval(0, level=9))

    with running(policy) as server:
        asyncio.run(steps(server.url))
    seen = [each.images["primary"][:, 0, 0, 0].tolist() for each in policy.seen]
    assert seen[0:8:2] == expected
    assert seen[1:8:2] == [[level + 100 for level in each] for each in expected]
    assert seen[8] == [9, 9, 9]


def test_a_robot_that_asks_by_chunks_gives_its_frames_itself():
    with running(Marked(frames=2)) as server:
        with pytest.raises(RuntimeError, match=r"another number of frames.*got 1; allowed: 2"):
            openpi(server).infer(as_openpi(0))
        with vladata.Client(server.url) as client:
            assert client.act(observed(4, frames=2)).actions.tolist() == [[4, 9, 1]]


def test_our_client():
    with running(Marked(chunk=2)) as server, vladata.Client(server.url) as client:
        assert client.contract()["names"] == ["mark", "level", "gripper"]
        action = client.act(lambda: observed(5))
        assert action.actions.tolist() == [[5, 9, 1], [5, 10, 1]]
        assert (action.names, action.plan, action.terminate) == (Marked.names, "plan 5", False)
        assert action.ends.tolist() == [False, False]
        with pytest.raises(
            ServerFault,
            match=r"refuses the observation\.\s+The server says: the observation has no instruction",
        ) as caught:
            client.act(observed(5, instruction=" "))
        assert caught.value.why == "error"
        assert client.act(observed(6)).actions[0, 0] == 6


def test_robots_are_asked_together_and_none_gets_the_answer_of_another():
    policy = Marked(took=0.01)
    with running(policy, wait=0.02) as server:

        def robot(number):
            with vladata.Client(server.url) as client:
                return [client.act(observed(number * 1000 + step)).actions[0, 0] for step in range(20)]

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(robot, range(8)))
    assert found == [[number * 1000 + step for step in range(20)] for number in range(8)]
    assert max(policy.batches) >= 4
    assert len(policy.batches) < 100


def test_one_bad_question_spoils_no_batch():
    with running(Marked(took=0.02), wait=0.05) as server:

        def ask(number):
            with vladata.Client(server.url) as client:
                try:
                    return client.act(observed(number, instruction="break" if number == 2 else "go")).actions[
                        0, 0
                    ]
                except ServerFault as fault:
                    return fault.why

        with ThreadPoolExecutor(5) as pool:
            assert list(pool.map(ask, range(5))) == [0, 1, "error", 3, 4]


def test_what_comes_behind_the_end_is_not_done():
    class Ending(Marked):
        def _action(self, observation):
            action = super()._action(observation)
            action.ends[1] = True
            return action

    async def steps(url):
        async with vla_eval(url) as robot:
            return [await robot.act(as_vla_eval(mark)) for mark in range(3)]

    with running(Ending(chunk=4)) as server:
        found = asyncio.run(steps(server.url))
    assert [(each["actions"][0], each["terminate"]) for each in found] == [(0, False), (0, True), (2, False)]


def test_each_step_of_a_chunk_is_held_against_the_contract():
    async def steps(url):
        async with vla_eval(url) as robot:
            await robot.act(as_vla_eval(1))
            with pytest.raises(RuntimeError, match="another aspect"):
                await robot.act({**as_vla_eval(1), "images": {"primary": np.full((8, 16, 3), 9, np.uint8)}})
            return await robot.act(as_vla_eval(1))

    with running(Marked(chunk=4)) as server:
        assert asyncio.run(steps(server.url))["actions"].tolist() == [1, 10, 1]


def test_a_picture_that_does_not_fit_is_no_part_of_the_history():
    policy = Marked(frames=2)

    async def steps(url):
        async with vla_eval(url) as robot:
            await robot.act(as_vla_eval(0, level=5))
            for wrong in (np.full((16, 16, 3), 9, np.uint8), np.full((8, 8, 3), 9, np.float32)):
                with pytest.raises(
                    RuntimeError,
                    match=r"another shape than the pictures of the steps before|a picture has a wrong dtype",
                ):
                    await robot.act({**as_vla_eval(0), "images": {"primary": wrong}})
            await robot.act(as_vla_eval(0, level=6))

    with running(policy) as server:
        asyncio.run(steps(server.url))
    assert [each.images["primary"][:, 0, 0, 0].tolist() for each in policy.seen] == [[5, 5], [6, 5]]


def test_a_robot_that_reports_without_end_fills_no_log():
    async def wrong(url):
        async with vla_eval(url) as robot:
            for _ in range(30):
                with pytest.raises(RuntimeError):
                    await robot.act({})

    with running() as server:
        asyncio.run(wrong(server.url))
        errors = [said for event, said in server.lines if event == "error"]
    assert len(errors) == 10
    assert errors[-1]["further"] == "errors of this session are counted, not logged"
    assert server.metrics.answered["vla-eval", "refused"] == 30
