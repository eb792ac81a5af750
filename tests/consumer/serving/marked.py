"""A policy whose actions say which observation they belong to, and a server of it in a thread of its own."""

import asyncio
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection

import numpy as np

from vladata.consumer.policy.checked import check_images, check_instruction
from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.serving.log import ServerLog
from vladata.consumer.serving.server import PolicyServer
from vladata.consumer.serving.settings import ServerSettings
from vladata.errors import UsageError
from vladata.spec.recipe import InstructionRule

SIDE = 8


class Marked:
    """Actions [H, 3]: the state that was seen, the mean of the picture's first frame, and 1 for the gripper."""

    names = ("mark", "level", "gripper")
    state_names = ("x",)
    cameras = ("primary",)
    grippers = ("gripper",)

    def __init__(self, chunk=1, frames=1, stride=1, took=0.0):
        self.chunk, self.frames, self.stride, self.took = chunk, frames, stride, took
        self.batches, self.seen = [], []

    def check(self, observation):
        check_images(observation.images, self.cameras, self.frames, {"primary": [(SIDE, SIDE)]})
        check_instruction(observation.instruction, InstructionRule())
        if observation.state is None or np.shape(observation.state) != (1,):
            raise UsageError("the state is another", got=observation.state)

    def act_many(self, observations):
        self.batches.append(len(observations))
        self.seen += observations
        if self.took:
            time.sleep(self.took)
        return [self._action(each) for each in observations]

    def _action(self, observation):
        if observation.instruction == "break":
            raise RuntimeError("secret of /home/server")
        mark, level = float(observation.state[0]), float(observation.images["primary"].mean())
        actions = np.float32([[mark, level, 1.0]] * self.chunk) + np.float32([[0, 0, 0]])
        actions[:, 1] += np.arange(self.chunk)
        return Action(actions, False, f"plan {mark:g}", self.names, ends=np.zeros(self.chunk, bool))

    def example(self):
        return observed(0, self.frames)

    def told(self):
        return {
            "names": list(self.names),
            "state_names": list(self.state_names),
            "cameras": list(self.cameras),
            "frames": self.frames,
            "images": {"channels": "RGB", "range": [0, 255], "sizes": {}},
            "contract": {"codec": "marked", "chunk": self.chunk},
        }


def observed(mark, frames=1, level=9, instruction="go"):
    """An observation that is marked by its state."""
    picture = np.full((frames, SIDE, SIDE, 3), level, np.uint8)
    return Observation({"primary": picture if frames > 1 else picture[0]}, instruction, np.float32([mark]))


def as_openpi(mark, level=9, instruction="go"):
    """The same as a robot of openpi sends it."""
    seen = observed(mark, level=level, instruction=instruction)
    return {"images": dict(seen.images), "state": seen.state, "prompt": seen.instruction}


def as_vla_eval(mark, level=9, instruction="go"):
    """The same as a robot of vla-eval sends it."""
    seen = observed(mark, level=level, instruction=instruction)
    return {"images": dict(seen.images), "states": seen.state, "task_description": seen.instruction}


class Running:
    """A server that runs. lines: what it logged."""

    def __init__(self, policy, settings, robots):
        self.lines = []
        log = ServerLog(quiet=True)
        log.__class__ = type(
            "Kept", (ServerLog,), {"__call__": lambda _, event, **said: self.lines.append((event, said))}
        )
        self.server = PolicyServer(policy, settings, robots, log)
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}"

    @property
    def metrics(self):
        return self.server.metrics

    def _run(self):
        def ready(host, port):
            self.port = port
            self._ready.set()

        self._loop.run_until_complete(self.server.serve(self._stop, ready))

    def stop(self):
        """Let it drain; returns once it is over."""
        if self._loop.is_closed():
            return
        self.stopping()
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._loop.close()

    def stopping(self):
        self._loop.call_soon_threadsafe(self._stop.set)


@contextmanager
def running(policy=None, robots=None, **settings):
    """A server on a free port."""
    made = Running(policy or Marked(), ServerSettings(**{"port": 0, **settings}), robots)
    try:
        yield made
    finally:
        made.stop()


def got(server, path, **headers):
    """Return status and text of a plain HTTP request."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()
