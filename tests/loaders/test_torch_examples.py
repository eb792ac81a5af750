"""The examples of torch, with real processes: any number of ranks goes on from the state of another, to the last bit."""

import hashlib
import importlib.util
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vladata.loaders.load import load

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
EXAMPLES = Path(__file__).parent.parent.parent / "examples"

# A process that imports torch may need a minute on a machine that is busy.
pytestmark = pytest.mark.timeout(900)


def needs(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


def run(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    return done.stdout


def seen(folder):
    """What all ranks of all runs wrote: lines as lists of words."""
    return [line.split() for file in folder.glob("seen-*.txt") for line in file.read_text().splitlines()]


def of_load(robot, samples, **options):
    """(epoch, position, key, image) of the first samples that an unstopped vladata.load gives, one process and no threads."""
    loader = load(robot, 10, workers=0, image_size=32, **options)
    batches = itertools.chain.from_iterable(loader for _ in range(9))
    rows = (
        (batch["epoch"], int(batch["position"][n]), key, batch["images"][n])
        for batch in batches
        for n, key in enumerate(batch["key"])
    )
    return list(itertools.islice(rows, samples))


@needs("torch")
def test_torchrun_on_2_then_3_then_1(robot, tmp_path):
    """8 steps of an epoch and 1 of the next by 8 samples, 3 by 12, and 8 by 4, over the end of epoch 1."""
    for world, steps in ((2, 9), (3, 3), (1, 8)):
        run(*TORCHRUN, world, EXAMPLES / "torch_ddp.py", robot, tmp_path / "out", "--steps", steps)
    found = []
    for epoch, *rest in seen(tmp_path / "out"):
        positions, keys = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        found += [(int(epoch), int(p), key) for p, key in zip(positions, keys, strict=True)]
    assert sorted(found) == [row[:3] for row in of_load(robot, 60 + 8 + 36 + 32)]


@needs("torch", "accelerate")
def test_accelerate_on_2_stopped_in_epoch_2_and_on_3_to_the_same_pixels(robot, tmp_path):
    for world, steps in ((2, 8 + 3), (3, 4)):
        run(*TORCHRUN, world, EXAMPLES / "accelerate_loop.py", robot, tmp_path / "out", "--steps", steps)
    found = sorted((int(epoch), int(p), key, digest) for epoch, p, key, digest in seen(tmp_path / "out"))
    expected = of_load(robot, 60 + 24 + 36 + 12, augment="openvla")
    assert found == [(*row[:3], hashlib.sha256(row[3].tobytes()).hexdigest()) for row in expected]
    plain = of_load(robot, 1)
    assert (plain[0][3] != expected[0][3]).any(), "something is drawn for the pictures"


TRAINED = """
import json, runpy, sys
example = runpy.run_path(sys.argv[1])
seen, forward = [], example["Model"].forward

def record(model, images, action, position, epoch, **others):
    seen.append([epoch, position.tolist()])
    return forward(model, images, action)

example["Model"].forward = record
for steps in (5, 18):
    example["train"](sys.argv[2], sys.argv[3], steps)
print(json.dumps(seen))
"""


@needs("torch", "accelerate", "transformers")
def test_the_trainer_goes_on_from_its_checkpoint(robot, tmp_path):
    said = run("-c", TRAINED, EXAMPLES / "hf_trainer.py", robot, tmp_path / "out")
    found = [(epoch, p) for epoch, positions in json.loads(said.splitlines()[-1]) for p in positions]
    assert found == [row[:2] for row in of_load(robot, 18 * 4)]
