"""Options, progress lines and the clock that the experiment's commands share."""

import argparse
import os
import time
from pathlib import Path
from types import TracebackType


def parsed(module: str, doc: str | None, argv: list[str] | None) -> argparse.Namespace:
    """Return the options out, seeds, at_once and quick. With --quick there is only one seed. doc: the module's docstring."""
    whole = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(f"python -m {module}", description=doc, formatter_class=whole)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    at_once = os.cpu_count() or 1
    parser.add_argument(
        "--at-once", type=int, default=at_once, help="commands that run at once, each on one core"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fiftieth of everything and one seed, to see that it runs"
    )
    given = parser.parse_args(argv)
    if given.quick:
        given.seeds = given.seeds[:1]
    return given


def say(text: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Clock:
    """A clock in OUT/seconds that adds up the time of an experiment over all its calls."""

    def __init__(self, out: Path) -> None:
        self._file = out / "seconds"
        self._since = 0.0

    @property
    def seconds(self) -> float:
        """The seconds of all calls together."""
        return float(self._file.read_text()) if self._file.exists() else 0.0

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(f"{self.seconds + time.monotonic() - self._since:.1f}\n")
