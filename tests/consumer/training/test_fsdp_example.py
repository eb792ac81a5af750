"""examples/fsdp.py in one process, without a GPU, against a plain loop; on several GPUs it is not run by any test."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
if importlib.util.find_spec("accelerate") is None:
    pytest.skip("accelerate is not installed", allow_module_level=True)

import vladata  # noqa: E402

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "fsdp.py"


def plain_losses(data):
    torch.manual_seed(0)
    inner = torch.nn.Sequential(torch.nn.Linear(3, 32), torch.nn.GELU(), torch.nn.Linear(32, 7))
    optimizer = torch.optim.AdamW(inner.parameters(), lr=1e-3)
    for _, batch in zip(range(3), vladata.load(data, 4, image_size=32, workers=0), strict=False):
        made = inner(torch.from_numpy(batch["images"])[:, 0, 0].float().mean((1, 2)) / 255)
        loss = (made - torch.from_numpy(batch["action"][:, 0])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


@pytest.mark.timeout(600)
def test_the_example_says_what_it_spreads_and_has_the_losses_of_a_plain_loop(robot):
    command = [sys.executable, str(EXAMPLE), str(robot), "--steps", "3"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    first, *steps = done.stdout.splitlines()
    assert first == "NO: 359 weights in this process"
    assert [line.split()[:2] for line in steps] == [["step", str(n)] for n in range(3)]
    assert [float(line.split()[-1]) for line in steps] == pytest.approx(list(plain_losses(robot)), abs=2e-6)
