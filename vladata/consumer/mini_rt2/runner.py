"""A runner of commands that depend on each other: several at once, each of them once, even if it is stopped and started again.

A step is done when its command has ended with exit code 0. Then a file in OUT/done, named by the digest of the command, records
it. The output of a command goes to OUT/logs. When a step fails, no other step is started, and the running ones are finished.
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
LINES = 12  # lines of a failed step's log that the error shows


@dataclass(frozen=True)
class Step:
    """A command. after: names of the steps that must be done first.   ready: exit codes that count as success."""

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...] = ()
    ready: tuple[int, ...] = (0,)

    @property
    def digest(self) -> str:
        """The digest of the command. A changed command has another digest."""
        return hashlib.sha256("\0".join(self.command).encode()).hexdigest()[:16]


def run(steps: Sequence[Step], out: Path, at_once: int, say: Callable[[str], None]) -> dict[str, float]:
    """Run all steps, and return the seconds that each step took, in this or an earlier run. Raises WorkerFailed if one fails."""
    for folder in (out / "done", out / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    took = {step.name: seconds for step in steps if (seconds := _done(step, out)) is not None}
    left = [step for step in steps if step.name not in took]
    running: dict[str, tuple[Step, subprocess.Popen[bytes], float]] = {}
    failed: list[str] = []
    # SIGTERM is raised as an interrupt, so that it also ends the steps that are running.
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
    """Start the process of a step with one thread, because as many steps run at once as there are cores."""
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
    """Return the seconds that a step took, None if it is not done."""
    marker = _marker(step, out)
    return float(marker.read_text()) if marker.exists() else None
