"""A small job that the crash tests kill and starve, and what must be left of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.files import snapshot
from vladata.errors import OutputExists
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec import find
from vladata.spec.select import Length, Select

# A choice that takes everything, so that an output has the files of one that was chosen.
CHOICE = ("--select", "length.min=1")
SCHEMA, RULES = find.schema("bridge_dataset"), find.recipe("rt2-pali-x")
RECIPE = RULES.model_copy(update={"select": Select(length=Length(min=1))})
MEMORY, SAMPLES_PER_SHARD = 1, 3  # so little memory that each episode is a unit of its own
TOP = {
    "README.md",
    "croissant.json",
    "index.arrow",
    "keep_ranges.json",
    "manifest.json",
    "rejected.jsonl",
    "train",
}  # all that may be in an output folder
# The command, told what to take for Python when it starts a worker.
LAUNCH = "import sys; sys.executable = sys.argv.pop(1); from vladata.cli.main import main; main()"
TIMEOUT = 120  # seconds after which a run counts as hanging


def cache_of(out: Path) -> Path:
    """Where the index of an output's source is kept: each output has a cache of its own."""
    return out.parent / f"{out.name}.cache"


@dataclass(frozen=True)
class SmallJob:
    """Converts `source` by the command line, each episode in a unit of its own."""

    source: Path
    options: tuple[str, ...] = ("--quiet",)

    def arguments(self, out: Path) -> list[str]:
        rules = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x", *CHOICE]
        layout = ["--memory", f"{MEMORY}B", "--samples-per-shard", str(SAMPLES_PER_SHARD)]
        return ["convert", "rlds2vla", str(self.source), str(out), *rules, *layout, *self.options]

    def start(self, out: Path, before: Sequence[str] = ()) -> "subprocess.Popen[str]":
        """Starts the command in a session of its own. before: what stands in place of Python and the program's name."""
        program = before or (sys.executable, "-m", "vladata.cli.main")
        return subprocess.Popen(
            [*program, *self.arguments(out)],
            env={**os.environ, "VLADATA_CACHE": str(cache_of(out)), "TMPDIR": str(out.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, out: Path, before: Sequence[str] = ()) -> tuple[int, str]:
        """(exit code, what it printed)."""
        return ended(self.start(out, before))

    def resume(self, out: Path) -> None:
        """Gives the same command once more: it finishes the job, or says that it was finished."""
        done = finished(out) and "--overwrite" not in self.options
        expected = (1, "a finished dataset is here already") if done else (0, "")
        code, said = self.run(out)
        assert code == expected[0], said
        assert expected[1] in said


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """(exit code, what it printed), once it and all that it started have ended. Fails the test when they hang."""
    try:
        said, _ = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, said


def children(process: "subprocess.Popen[str]") -> list[int]:
    """The processes that `process` has started and that are still there."""
    try:
        return [int(n) for n in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []


def settings(source: Path, out: Path, **changes: Any) -> Settings:
    """The job of SmallJob, for this process. VLADATA_CACHE is the caller's."""
    layout = {"memory": MEMORY, "samples_per_shard": SAMPLES_PER_SHARD}
    return Settings(str(source), str(out), SCHEMA, RECIPE, **{**layout, **changes})


def plain_loop(source: Path, out: Path, overwrite: bool = False, **changes: Any) -> None:
    """The job of SmallJob in this process, without Beam."""
    with begin(settings(source, out, **changes), overwrite) as run:
        run.convert_here()
        run.commit()


def finished(out: Path) -> bool:
    """Whether `out` is a dataset, though its work folder may still be there."""
    return (out / "manifest.json").exists() and not (out / ".vladata" / "job.json").exists()


def go_on(out: Path, again: Callable[[], object]) -> None:
    """Does a job that was killed once more, as any runner would. One that was killed after its dataset was finished may have
    left its lock there: it is refused, and takes that away."""
    if finished(out):
        with pytest.raises(OutputExists, match="a finished dataset is here already"):
            again()
    else:
        again()


def leftovers(out: Path) -> list[str]:
    """Temporary files of the index."""
    return [name for name in snapshot(cache_of(out)) if "/tmp/" in name]
