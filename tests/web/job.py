"""A small web job by every way to run it, and the files of an output."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.web.made import recipe, settings
from vladata.web.run import begin
from vladata.web.settings import WebSettings

MEMORY, SAMPLES_PER_SHARD = 300_000, 7
KEEP = {"size": {"min": 10}, "duplicates": {"near": 1}}
OPTIONS = (
    *("--schema", "cc3m", "--recipe", "rt2-pali-x", "--keep", "size.min=10", "--keep", "duplicates.near=1"),
    *("--memory", f"{MEMORY}B", "--samples-per-shard", str(SAMPLES_PER_SHARD)),
)


def cache_of(out: Path) -> Path:
    """Where the index of an output's corpus is kept: each output has a cache of its own."""
    return out.parent / f"{out.name}.cache"


def wanted(source: Path, out: Path, **changes: Any) -> WebSettings:
    """The job of OPTIONS, for this process."""
    layout = {"memory": MEMORY, "samples_per_shard": SAMPLES_PER_SHARD, "recipe": recipe({"keep": KEEP})}
    return settings(source, out, **{**layout, **changes})


def plain_loop(source: Path, out: Path, **changes: Any) -> None:
    """The job in this process, without Beam."""
    with begin(wanted(source, out, **changes)) as run:
        run.convert_here()
        run.commit()


def start(source: Path, out: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    """Starts the command in a session of its own."""
    main = [sys.executable, "-m", "vladata.cli.main", "convert", "web2vla", str(source), str(out)]
    return subprocess.Popen(
        [*main, *OPTIONS, "--quiet", *options],
        env={**os.environ, "VLADATA_CACHE": str(cache_of(out)), "TMPDIR": str(out.parent), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
