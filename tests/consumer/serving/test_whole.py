"""`vladata serve` in its own process, with a model that learnt a little: robots drive episodes of the shapes to the end."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("websockets")

import vladata
from vladata.consumer.evaluation.adapters.tabletop import Tabletop
from vladata.consumer.serving.executing import Executing
from vladata.errors import ServerFault

pytestmark = pytest.mark.filterwarnings(
    "ignore:connect.. must be used:DeprecationWarning"
)  # openpi-client's and vla-eval's
SERVING = re.compile(r"Serving \S+ at ws://127\.0\.0\.1:(\d+)")


class Server:
    """`vladata serve` on a checkpoint."""

    def __init__(self, run, *options, port=0):
        command = [sys.executable, "-m", "vladata.cli.main", "serve", str(run), "--port", str(port), *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.said = self.process.stdout.readline()
        found = SERVING.match(self.said)
        assert found, (self.said, self.process.stderr.read())
        self.port = int(found.group(1))
        self.url = f"ws://127.0.0.1:{self.port}"

    def end(self, sign=signal.SIGTERM):
        """Its exit code, and the lines that it logged."""
        self.process.send_signal(sign)
        _, logged = self.process.communicate(timeout=60)
        return self.process.returncode, [json.loads(line) for line in logged.splitlines()]


@pytest.fixture(scope="module")
def served(runs):
    server = Server(runs["two_queries"])
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


def drive(act):
    """Play one trial; returns what was done. act: observation -> action [2], whether to end."""
    world = Tabletop()
    seen, over, done = world.reset("seen", 0, 3), False, []
    while not over:
        action, ends = act(seen)
        done.append(np.asarray(action).tolist())
        seen, over = world.step(np.asarray(action), bool(ends))
    return done


@pytest.fixture(scope="module")
def expected(runs):
    """What the policy does in that trial when it is asked without a server."""
    policy = vladata.policy(runs["two_queries"])

    def act(seen):
        action = policy.act(seen)
        return action.actions[0], action.terminate

    return drive(act)


def as_map(seen, state, instruction):
    return {"images": dict(seen.images), state: seen.state, instruction: seen.instruction}


def test_openpi_drives_an_episode_to_the_end(served, expected):
    client = pytest.importorskip("openpi_client.websocket_client_policy")
    broker = pytest.importorskip("openpi_client.action_chunk_broker")
    robot = broker.ActionChunkBroker(client.WebsocketClientPolicy("127.0.0.1", served.port), action_horizon=1)

    def act(seen):
        answer = robot.infer(as_map(seen, "state", "prompt"))
        return answer["actions"], answer["terminate"]

    assert drive(act) == expected


def test_vla_eval_drives_an_episode_to_the_end(served, expected):
    connection = pytest.importorskip("vla_eval.connection")
    loop = asyncio.new_event_loop()
    robot = connection.Connection(served.url)
    loop.run_until_complete(robot.connect())
    loop.run_until_complete(robot.start_episode({"task": {"name": "seen"}}))

    def act(seen):
        answer = loop.run_until_complete(robot.act(as_map(seen, "states", "task_description")))
        return answer["actions"], answer["terminate"]

    assert drive(act) == expected
    loop.run_until_complete(robot.end_episode({"success": False}))
    loop.run_until_complete(robot.close())
    loop.close()


def test_our_client_drives_an_episode_to_the_end(served, expected):
    with vladata.Client(served.url) as client:
        assert client.contract()["names"] == ["dx", "dy"]
        steps = Executing(client)

        def act(seen):
            step = steps.next(seen)
            return step.action, step.ends

        assert drive(act) == expected


def test_what_does_not_fit_is_told_with_the_difference(served):
    world = Tabletop()
    seen = world.reset("seen", 0, 0)
    with vladata.Client(served.url) as client:
        for change, says in (
            ({"images": {"wrist": seen.images["primary"]}}, "lacks a key|other cameras"),
            (
                {"images": {"primary": seen.images["primary"][:24]}},
                "height 24, width 48.*height 48, width 48",
            ),
            ({"state": seen.state * 1000 + 100}, "state x.*far outside"),
            ({"instruction": "reach the xylophone"}, "has no token for a word of the prompt.*xylophone"),
        ):
            asked = vladata.Observation(
                **{"images": seen.images, "instruction": seen.instruction, "state": seen.state, **change}
            )
            with pytest.raises(ServerFault, match=f"(?s){says}"):
                client.act(asked)
        assert client.act(seen).names == ("dx", "dy")


def test_killed_and_restarted_while_robots_run(runs):
    """Robots mark what they see by the place of the tip, and hold each answer against the policy's own."""
    first = Server(runs["two_queries"])
    policy = vladata.policy(runs["two_queries"])
    worlds = [Tabletop() for _ in range(3)]
    seen = [world.reset("seen", 0, number) for number, world in enumerate(worlds)]
    right = [policy.act(each).actions.tolist() for each in seen]
    answers, stop = [[] for _ in seen], threading.Event()

    def robot(number):
        with vladata.Client(first.url, patience=150) as client:
            while not stop.is_set():
                answers[number].append((time.monotonic(), client.act(lambda: seen[number]).actions.tolist()))
                time.sleep(0.02)

    threads = [threading.Thread(target=robot, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    first.process.kill()
    first.process.communicate()
    killed = time.monotonic()
    second = Server(runs["two_queries"], port=first.port)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not all(each and each[-1][0] > killed + 1 for each in answers):
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    code, lines = second.end()
    assert code == 0
    assert [line["event"] for line in lines][-1] == "stopped"
    for number, each in enumerate(answers):
        assert {json.dumps(found) for _, found in each} == {json.dumps(right[number])}
        assert any(when < killed for when, _ in each)
        assert any(when > killed for when, _ in each)


def test_two_signals_and_wrong_calls(runs, tmp_path):
    def called(*options):
        done = subprocess.run(
            [sys.executable, "-m", "vladata.cli.main", "serve", *options], capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    run = str(runs["two_queries"])
    code, said = called(run, "--host", "0.0.0.0")
    assert (code, "needs a token" in said) == (2, True)
    code, said = called(run, "--robot", "droid")
    assert (code, "robot droid" in said) == (1, True)
    code, said = called(run, "--robot", "libero", "--robot", "droid")
    assert (code, "two robot files are of one protocol" in said) == (2, True)
    code, said = called(run, "--robot", "liberro")
    assert (code, 'there is no robot "liberro"' in said) == (2, True)
    code, said = called(str(tmp_path))
    assert (code, "there is no checkpoint" in said) == (1, True)
    code, said = called(run, "--token-file", str(tmp_path / "none"))
    assert (code, "no file with the token" in said) == (1, True)
    server = Server(run)
    code, said = called(run, "--port", str(server.port))
    assert (code, "already" in said) == (1, True)
    assert server.end(signal.SIGINT)[0] == 0


def test_eval_plays_a_served_policy_as_it_plays_its_checkpoint(served, runs, tmp_path):
    run = str(runs["two_queries"])
    command = [
        sys.executable,
        "-m",
        "vladata.cli.main",
        "eval",
        "tabletop-experts",
        "--out",
        str(tmp_path / "e"),
        "--json",
    ]
    said = {"policies": f"{{ours: {run}}}", "suites": "[seen]", "trials": "4", "films": "0"}
    sets = [each for key, value in said.items() for each in ("--set", f"{key}={value}")]
    done = subprocess.run([*command, *sets, "--server", served.url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    trials = [json.loads(line) for line in (tmp_path / "e" / "trials.jsonl").read_text().splitlines()]
    played = {
        name: [(t["number"], t["success"], t["steps"]) for t in trials if t["policy"] == name]
        for name in ("ours", "server")
    }
    assert sorted(played["ours"]) == sorted(played["server"])
    assert len(played["server"]) == 4
    identity = json.loads((tmp_path / "e" / "config.json").read_text())["identity"]["policies"]
    assert identity["ours"]["checkpoints"] == identity["server"]["checkpoints"]
    gone = subprocess.run(
        [*command, *sets, "--server", "ws://127.0.0.1:9", "--overwrite"], capture_output=True, text=True
    )
    assert gone.returncode == 1
    assert "no server answers there" in gone.stderr
    assert "Traceback" not in gone.stderr
