"""DataLoaders with worker processes: forked, spawned, of a fork server, kept, killed, interrupted; in the order of load."""

import importlib.util
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vladata.loaders.load import load

SCRIPT = Path(__file__).with_name("workers_of_torch.py")
BATCH, BATCHES = 7, 9  # of 60 samples
MISSING = [name for name in ("torch", "torchdata") if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed (extra torch)"),
    pytest.mark.timeout(900),  # a process that imports torch may need a minute on a machine that is busy
]


def command(*arguments):
    return [sys.executable, str(SCRIPT), *map(str, arguments)]


@pytest.fixture(scope="module")
def found(robot):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command(robot), capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def epochs(robot):
    """The batches of four epochs, as vladata.load gives them without threads."""
    loader = load(robot, BATCH, cameras=[], workers=0)
    return [
        [
            [f"{batch['epoch']} {p} {key}" for p, key in zip(batch["position"], batch["key"], strict=True)]
            for batch in loader
        ]
        for _ in range(4)
    ]


kinds = pytest.mark.parametrize("kind", ["mapped", "streamed"])


@kinds
@pytest.mark.parametrize("workers", ["kept workers", "new workers"])
def test_three_epochs_have_each_sample_once_in_three_orders(found, epochs, kind, workers):
    given = found[kind][workers]
    assert given == epochs[:3]
    orders = [[line.split()[-1] for batch in epoch for line in batch] for epoch in given]
    assert [len(set(order)) for order in orders] == [60, 60, 60]
    assert len({tuple(order) for order in orders}) == 3


@kinds
def test_a_state_in_the_middle_of_epoch_2_counts_what_the_loop_got(found, epochs, kind):
    got = found[kind]
    assert got["before"] == [epochs[0], epochs[1][:4]]
    assert got["state"] == [1, 4 * BATCH]
    assert got["rest"] == got["resumed"] == [epochs[1][4:], epochs[2][:1]]


def test_who_does_not_know_what_the_loop_got_says_so(found):
    hint = "Wrap the loader, loader = resumable(loader)"
    for kind, who in (("mapped", "the loader takes lists"), ("streamed", "worker processes make batches")):
        said = found[kind]["of others"]
        assert said.startswith(f"UsageError: {who} ahead of the loop, so the ")
        assert hint in said


@kinds
def test_a_killed_worker_is_an_error_and_its_loop_is_gone_on_with(found, epochs, kind):
    got = found[kind]
    # torch's own error, or ours where the worker died with a batch that the loop had not taken over.
    assert got["killed"].startswith(
        ("RuntimeError: DataLoader worker (pid", "LoadError: a worker process of the DataLoader has died")
    )
    position, rest = got["resumed after the kill"]
    batches = position // BATCH
    assert 2 <= batches < BATCHES
    assert rest == epochs[0][batches:]


@kinds
@pytest.mark.parametrize("kept", [False, True])
def test_torchdata_goes_on_in_the_middle_of_epoch_2(found, epochs, kind, kept):
    before, after = found[kind][f"torchdata, kept={kept}"]
    assert before == [*epochs[0], *epochs[1][:4]]
    assert after == [*epochs[1][4:], epochs[2][0]]


@pytest.mark.parametrize(("kind", "method"), [("mapped", "forkserver"), ("streamed", "spawn")])
def test_workers_that_are_not_forked(found, epochs, kind, method):
    assert found[kind][method] == epochs[:2]


def test_an_interrupt_ends_the_loop_and_its_workers(robot):
    with subprocess.Popen(
        command(robot, "FOREVER"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        workers = [int(pid) for pid in running.stdout.readline().split()]
        assert len(workers) == 2
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=300)
    assert running.returncode != 0
    assert said.rstrip().splitlines()[-1].startswith("KeyboardInterrupt")
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_the_epochs_are_not_all_alike(epochs):
    """Without this the tests above would say little."""
    assert all(a != b for a, b in itertools.combinations(map(str, epochs), 2))
    assert all(len(epoch) == BATCHES for epoch in epochs)
