"""Commands that wait for each other, several at once, each once: who is stopped goes on where he was.

A step is done when its command ended with exit code 0, which a file in OUT/done says, by the digest of the command. What a
command prints goes to OUT/logs. A step that fails stops what waits for it and lets the others end.
"""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vladata.errors import WorkerFailed

LOOK_EVERY = 0.2  # seconds
LINES = 12  # of the log of a step that failed, that its error shows


@dataclass(frozen=True)
class Step:
    """A command. after: names of the steps that it waits for.   ready: exit codes that are as good as 0."""

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...] = ()
    ready: tuple[int, ...] = (0,)

    @property
    def digest(self) -> str:
        """What tells that the command is another one than before."""
        return hashlib.sha256("\0".join(self.command).encode()).hexdigest()[:16]


def run(steps: Sequence[Step], out: Path, at_once: int, say: Callable[[str], None]) -> dict[str, float]:
    """Run all steps; returns the seconds that each took, now or in an earlier run. Raises WorkerFailed for one that failed."""
    for folder in (out / "done", out / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    took = {step.name: seconds for step in steps if (seconds := _done(step, out)) is not None}
    left = [step for step in steps if step.name not in took]
    running: dict[str, tuple[Step, subprocess.Popen[bytes], float]] = {}
    failed: list[str] = []
    # As an interrupt, SIGTERM ends the steps that run too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while left or running:
            for step in [each for each in left if all(name in took for name in each.after)]:
                if len(running) < at_once and not failed:
                    left.remove(step)
                    running[step.name] = (step, _started(step, out), time.monotonic())
            if not running:
                break
            time.sleep(LOOK_EVERY)
            for name, (step, process, since) in list(running.items()):
                if process.poll() is None:
                    continue
                del running[name]
                if process.returncode in step.ready:
                    took[name] = time.monotonic() - since
                    _mark(step, out, took[name])
                    say(f"[{len(took)}/{len(steps)}] {name}: {took[name]:.0f} s")
                else:
                    failed.append(name)
    finally:
        for _, process, _ in running.values():
            process.terminate()
            process.wait()
        signal.signal(signal.SIGTERM, before)
    if failed:
        log = _log(failed[0], out)
        last = log.read_text(errors="replace").splitlines()[-LINES:]
        raise WorkerFailed(f"step {failed[0]} failed", where=str(log), hint="\n  ".join(last))
    return took


def _started(step: Step, out: Path) -> "subprocess.Popen[bytes]":
    """The process of a step, of one thread: as many steps as cores run at once."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with _log(step.name, out).open("wb") as log:
        return subprocess.Popen(step.command, stdout=log, stderr=log, env={**os.environ, **threads})


def _log(name: str, out: Path) -> Path:
    return out / "logs" / f"{name.replace('/', '-')}.log"


def _mark(step: Step, out: Path, seconds: float) -> None:
    _marker(step, out).write_text(f"{seconds:.3f}\n")


def _marker(step: Step, out: Path) -> Path:
    return out / "done" / f"{step.name.replace('/', '-')}-{step.digest}"


def _done(step: Step, out: Path) -> float | None:
    """The seconds that the step took, where it was done."""
    marker = _marker(step, out)
    return float(marker.read_text()) if marker.exists() else None
