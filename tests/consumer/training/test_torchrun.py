"""Two real processes under torchrun, each with its half of every batch, against one process that cuts batches into parts."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

from safetensors.torch import load_file

from vladata.consumer.training.checkpoint import read_checkpoint
from vladata.consumer.training.log import read_log
from vladata.consumer.training.run import train

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


@pytest.mark.timeout(600)
def test_two_processes_equal_one_that_accumulates_and_may_be_gone_on_with_by_one(config, mixed, tmp_path):
    held = [
        {"name": "same", "path": str(mixed), "split": "train", "every": 2, "samples": 9, "answers": False}
    ]
    asked = {
        "data__path": str(mixed),
        "data__weights": {"robot": 1, "web": 2},
        "optimizer__eps": 1e-3,
        "held_out": held,
    }
    spec = config(**asked, loss={"tasks": {"action": 2.0}}, log={"every": 2, "tensorboard": False})
    (tmp_path / "two.json.yaml").write_text(json.dumps(spec.model_dump(mode="json")))
    command = [sys.executable, *TORCHRUN, "-m", "vladata.cli.main", "train", str(tmp_path / "two.json.yaml")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "two"), "--json"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["step"] == 4, "one process talks"
    one = train(
        config(
            **asked, accumulate=2, loss={"tasks": {"action": 2.0}}, log={"every": 2, "tensorboard": False}
        ),
        tmp_path / "one",
    )
    of_two, of_one = (list(read_log(out)) for out in (tmp_path / "two", one.out))
    assert [line.keys() for line in of_two] == [line.keys() for line in of_one]
    for two, alone in zip(of_two, of_one, strict=True):
        for name, value in two.items():
            if (
                "action_error" not in name
                and name != "seconds"
                and not name.endswith(("terminate_accuracy", "unreadable_actions"))
            ):
                assert value == pytest.approx(alone[name], abs=1e-5), name
    found, expected = (
        load_file(read_checkpoint(out).model_folder / "model.safetensors")
        for out in (tmp_path / "two", one.out)
    )
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5)
    assert train(spec, tmp_path / "two").began == 4


def test_a_batch_that_processes_cannot_share_is_refused(config, monkeypatch):
    import torch

    import vladata
    from vladata.consumer.training.data import learnt_from
    from vladata.consumer.training.ranks import Ranks
    from vladata.errors import UsageError

    spec = config(accumulate=2)
    for world in (4, 6):
        says = rf"got 'data.batch_size 6, {world} processes, accumulate 2'; allowed: a batch_size that is a multiple"
        with pytest.raises(UsageError, match=says):
            learnt_from(vladata.open(spec.data.path), spec, None, None, Ranks(0, world, torch.device("cpu")))
