"""The number of injected faults that the doctor finds, and of its false alarms for clean data.

    python -m benchmarks doctor [--seeds 20]

Each seed is another robot (arms.py), with pictures (scenes.py), written as RLDS and examined as by `vladata doctor`. Each fault
has a row: the number of seeds in which its kind was found, and the number in which an error of another kind was reported. The
rows of clean data, one for each style of robot or frame of its actions, show all errors and the kinds of warnings: these are
false alarms.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.arms import STYLES, record, robot
from benchmarks.frames import FRAMES
from benchmarks.injected import FAULTS
from benchmarks.rlds_folder import Dataset, write
from benchmarks.scenes import jpegs, pictures, scene
from vladata.doctor.examine import examine, material_of
from vladata.doctor.exports import Exports
from vladata.doctor.finding import Finding
from vladata.robot.run import index_here
from vladata.robot.sources import open_index
from vladata.spec.find import schema

HEAD = f"{'fault':<30}{'found':>9}{'errors':>8}  other kinds"
IMAGES = 12
CLEAN = (*(f"clean, {style}" for style in STYLES), *FRAMES)


def table(seeds: int, say: Callable[[str], None], workers: int = 2) -> None:
    """Say the rows."""
    say(HEAD)
    names = [*CLEAN, *FAULTS]
    with ProcessPoolExecutor(workers) as pool:
        for name in names:
            say(_row(name, list(pool.map(findings, [name] * seeds, range(seeds)))))


def findings(name: str, seed: int) -> list[tuple[str, str]]:
    """Return (kind, severity) of each finding in a dataset. name: its fault, or the style of a clean one."""
    return [(finding.kind, finding.severity) for finding in examined(dataset(name, seed))]


def dataset(name: str, seed: int) -> Dataset:
    """Return the dataset of a seed. name: its fault, or the style of a clean one."""
    fault = (FAULTS | FRAMES).get(name)
    rng = np.random.default_rng([seed, len(name)])
    fixed = dict(fault.robot) if fault else {"style": name.removeprefix("clean, ")}
    arm, about = robot(rng, **fixed), scene(rng)
    episodes = [record(rng, arm, number) for number in range(int(rng.integers(8, 61)))]
    for episode in episodes[:: max(2, len(episodes) // 4)][1:]:
        episode.split = "val"
    images = [{"front": jpegs(pictures(rng, about, episode.pose))} for episode in episodes]
    data = Dataset(arm, episodes, images, {})
    if fault:
        fault.change(rng, data)
    return data


def examined(data: Dataset) -> Iterable[Finding]:
    """Return the findings of `vladata doctor` in a dataset."""
    folder = Path(
        tempfile.mkdtemp(prefix="vladata-doctor-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    try:
        source, spec = write(folder, data)
        sources = open_index(str(source), str(spec), None, "all", "native")
        sources = replace(sources, cache=replace(sources.cache, url=str(folder / "index")))
        index_here(sources)
        with Exports() as exports:
            return examine(material_of(sources, schema(str(spec)), None, IMAGES), exports).findings
    finally:
        shutil.rmtree(folder)


def _row(name: str, found: list[list[tuple[str, str]]]) -> str:
    kind = FAULTS[name].kind if name in FAULTS else ""
    hits = sum(any(k == kind for k, _ in each) for each in found)
    errors = sum(any(s == "error" and k != kind for k, s in each) for each in found)
    others = Counter(f"{k}({s[0]})" for each in found for k, s in set(each) if k != kind)
    shown = ", ".join(f"{k} {n}" for k, n in others.most_common(5))
    return f"{name:<30}{f'{hits}/{len(found)}' if kind else '':>9}{errors:>8}  {shown}".rstrip()
