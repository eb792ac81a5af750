"""A small job that the crash tests kill and starve, and what must be left of it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MUTATING = "rename,unlink,unlinkat,rmdir,mkdir,write,writev,fsync,ftruncate"
TIMEOUT = 120


@dataclass(frozen=True)
class SmallJob:
    """Converts `source` in several units; each of its outputs has an index cache of its own beside it."""

    source: Path
    workers: int = 1

    def command(self, out: Path) -> list[str]:
        options = [
            "--schema",
            "bridge_dataset",
            "--recipe",
            "rt2-pali-x",
            "--memory",
            "60kB",
            "--samples-per-shard",
            "5",
            "--quiet",
        ]
        main = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", str(self.source), str(out)]
        return [*main, *options, "--workers", str(self.workers)]

    def environment(self, out: Path) -> dict[str, str]:
        return {**os.environ, "VLADATA_CACHE": f"{out}.cache", "PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, out: Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, *self.command(out)],
            env=self.environment(out),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, out: Path, before: tuple[str, ...] = ()) -> tuple[int, str]:
        """(exit code, what it printed); fails the test when it hangs."""
        process = self.start(out, before)
        said, _ = process.communicate(timeout=TIMEOUT)
        return process.returncode, said

    def resume(self, out: Path) -> None:
        """Runs the same command until the dataset is there; one more run must do."""
        if not finished(out):
            code, said = self.run(out)
            assert code == 0, said


def finished(out: Path) -> bool:
    return (out / "manifest.json").exists() and not (out / ".vladata").exists()


def snapshot(out: Path) -> dict[str, bytes]:
    """Every file below `out`, hidden and temporary ones too."""
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
