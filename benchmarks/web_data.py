"""A web corpus for measurements: pairs of a 256x256 JPEG (about 28 KB) and a caption, in tars by webdataset's own ShardWriter.

    python -m benchmarks.web_data FOLDER PAIRS

The pictures are those of the robot data (data.py); everything is drawn from a seed. The folder is kept, and made only if its last
file, DONE, is missing.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import webdataset

from benchmarks.data import COLOURS, STEPS, THINGS, jpeg, pictures
from benchmarks.measure import ROOT

PER_TAR = 2400
DONE = "done"


def corpus(folder: Path, pairs: int) -> Path:
    """Return the folder of a corpus of `pairs` pairs."""
    made = folder.absolute() / f"web{pairs}"
    if not (made / DONE).exists():
        command = [sys.executable, "-m", "benchmarks.web_data", str(made), str(pairs)]
        subprocess.run(command, cwd=ROOT, check=True)
    return made


def write(made: Path, pairs: int) -> None:
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    with webdataset.ShardWriter(str(made / "%05d.tar"), maxcount=PER_TAR, verbose=0) as sink:
        for number in range(-(-pairs // STEPS)):
            rng = np.random.default_rng([1, number])
            for step, picture in enumerate(pictures(rng)):
                if (i := number * STEPS + step) == pairs:
                    break
                caption = (
                    f"a {rng.choice(COLOURS)} {rng.choice(THINGS)} beside a {rng.choice(COLOURS)} box, {i}"
                )
                known = {"caption": caption, "url": f"https://example.org/{i}.jpg", "key": f"{i:09d}"}
                sink.write(
                    {"__key__": known["key"], "jpg": jpeg(picture), "txt": caption, "json": json.dumps(known)}
                )
    (made / DONE).touch()


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
