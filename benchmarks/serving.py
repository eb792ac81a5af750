"""A load generator: robots of the world of shapes against `vladata serve`.

    python -m benchmarks.serving steady CHECKPOINT [--robots 8] [--hz 5] [--seconds 120]
    python -m benchmarks.serving rate CHECKPOINT [--robots 16] [--seconds 10]
    python -m benchmarks.serving hostile CHECKPOINT [--messages 1000000]

steady    robots that ask at a fixed rate: p50 and p99 of the time of an answer, and the number of answers after the next step
rate      robots that ask as fast as they get answers: in batches, and one by one, in turn
hostile   the robots of `steady` (each answer is compared with the one before), together with connections that send malformed
          messages (hostile.py)

CHECKPOINT is a run of the miniature (`python -m vladata.consumer.mini_rt2`).
"""

import argparse
import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import vladata
from vladata.consumer.evaluation.adapters.tabletop import Tabletop

SCENES = 20
ADDRESS = re.compile(r"ws://127\.0\.0\.1:(\d+)")


class Served:
    """A server in its own process."""

    def __init__(self, checkpoint: str, batch: int) -> None:
        command = [
            sys.executable,
            "-m",
            "vladata.cli.main",
            "serve",
            checkpoint,
            "--port",
            "0",
            "--batch",
            str(batch),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout
        said = self.process.stdout.readline()
        found = ADDRESS.search(said)
        assert found, said
        self.url = found.group()

    def memory(self) -> float:
        """Return the resident memory in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1000  # type: ignore[union-attr]


@contextmanager
def served(checkpoint: str, batch: int = 16) -> Iterator[Served]:
    made = Served(checkpoint, batch)
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        made.process.wait(30)


def scenes(robot: int) -> list[vladata.Observation]:
    """Return the observations that a robot sends, again and again."""
    worlds = Tabletop()
    return [worlds.reset("seen", robot, number) for number in range(SCENES)]


class Told:
    """The results of the robots' questions.

    seconds: the time of each answer.
    late:    number of answers that came after the next step was due.
    wrong:   number of answers that differ from the answer to the same question before."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.late = self.wrong = 0

    def row(self) -> dict[str, float]:
        p50, p99, longest = np.percentile(self.seconds, [50, 99, 100]) * 1000
        counts = {"answers": len(self.seconds), "late": self.late, "wrong": self.wrong}
        return {**counts, "p50_ms": round(p50, 1), "p99_ms": round(p99, 1), "longest_ms": round(longest, 1)}


async def robot(number: int, url: str, hz: float, ends: float, told: Told) -> None:
    """Ask `hz` times a second until `ends`. Each scene must get the same answer every time."""
    seen = scenes(number)
    known: dict[int, list[list[float]]] = {}
    async with vladata.AsyncClient(url) as client:
        await asyncio.sleep(number / hz / 8)  # so that robots do not all ask at the same time
        due, step = time.monotonic(), 0
        while due < ends:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            action = await client.act(seen[step % SCENES])
            took = time.monotonic() - due
            told.seconds.append(took)
            told.late += took > 1 / hz
            told.wrong += known.setdefault(step % SCENES, action.actions.tolist()) != action.actions.tolist()
            due, step = due + 1 / hz, step + 1


async def steady(url: str, robots: int, hz: float, seconds: float) -> dict[str, float]:
    told, ends = Told(), time.monotonic() + seconds
    await asyncio.gather(*(robot(number, url, hz, ends, told) for number in range(robots)))
    return told.row()


async def fastest(url: str, robots: int, seconds: float) -> float:
    """Return the number of answers per second."""
    count, ends = 0, time.monotonic() + seconds

    async def ask(number: int) -> None:
        nonlocal count
        seen, step = scenes(number), 0
        async with vladata.AsyncClient(url) as client:
            while time.monotonic() < ends:
                await client.act(seen[step % SCENES])
                step += 1
                count += 1

    await asyncio.gather(*(ask(number) for number in range(robots)))
    return count / seconds


async def attacked(server: Served, robots: int, hz: float, messages: int) -> dict[str, object]:
    """Run the robots during an attack, which ends when all its messages are answered, and return the results of both."""
    before = server.memory()
    told, over = Told(), asyncio.Event()

    async def work() -> dict[str, int]:
        command = (sys.executable, "-m", "benchmarks.hostile", server.url, str(messages))
        attack = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await attack.communicate()
        over.set()
        found: dict[str, int] = json.loads(said)
        return found

    async def good(number: int) -> None:
        while not over.is_set():
            await robot(number, server.url, hz, time.monotonic() + 20, told)

    attacker = asyncio.create_task(work())
    await asyncio.gather(*(good(number) for number in range(robots)))
    sent = await attacker
    alive = server.process.poll() is None
    return {**told.row(), **sent, "alive": alive, "memory_mb": [round(before), round(server.memory())]}


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.serving", description=__doc__)
    parser.add_argument("what", choices=("steady", "rate", "hostile"))
    parser.add_argument("checkpoint")
    parser.add_argument("--robots", type=int)
    parser.add_argument("--hz", type=float, default=5.0)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--messages", type=int, default=1_000_000)
    given = parser.parse_args()
    if given.what == "rate":
        rates: dict[str, list[float]] = {"together": [], "one by one": []}
        with served(given.checkpoint, 16) as together, served(given.checkpoint, 1) as single:
            for _ in range(3):
                for name, server in (("together", together), ("one by one", single)):
                    rate = asyncio.run(fastest(server.url, given.robots or 16, given.seconds or 10))
                    rates[name].append(round(rate, 1))
        print(
            json.dumps(
                {**rates, "ratio": round(np.median(rates["together"]) / np.median(rates["one by one"]), 2)}
            )
        )
        return
    with served(given.checkpoint) as server:
        if given.what == "steady":
            print(
                json.dumps(asyncio.run(steady(server.url, given.robots or 8, given.hz, given.seconds or 120)))
            )
        else:
            print(json.dumps(asyncio.run(attacked(server, given.robots or 8, given.hz, given.messages))))


if __name__ == "__main__":
    main()
