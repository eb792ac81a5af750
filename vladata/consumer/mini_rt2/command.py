"""What the experiment's commands take, and how they say what they do."""

import argparse
import os
import time
from pathlib import Path


def parsed(module: str, doc: str | None, argv: list[str] | None) -> argparse.Namespace:
    """out, seeds, at_once, quick. Where it is to be quick, there is one seed."""
    whole = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(f"python -m {module}", description=doc, formatter_class=whole)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    at_once = os.cpu_count() or 1
    parser.add_argument("--at-once", type=int, default=at_once, help="commands at once, of one core each")
    parser.add_argument("--quick", action="store_true", help="a fiftieth of everything, one seed: no figures")
    given = parser.parse_args(argv)
    if given.quick:
        given.seeds = given.seeds[:1]
    return given


def say(text: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
