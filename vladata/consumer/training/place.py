"""The folder of a run: one process writes it, with one config, and the same command continues the run.

OUT/training.json   the config in full
OUT/checkpoints/    checkpoint.py
OUT/log.jsonl       log.py
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from vladata.actions.contract import differences
from vladata.consumer.training.checkpoint import FOLDER, PRETTY, checkpoints_in
from vladata.consumer.training.log import BOARD, LOG
from vladata.errors import MalformedJson, OutputError, PlanDiffers
from vladata.shards.storage import LocalOutput, sync
from vladata.spec.training import TrainingSpec

CONFIG = "training.json"
OWN = (CONFIG, f"{CONFIG}.unfinished", FOLDER, LOG, f"{LOG}.unfinished", BOARD)
FREE = ("log", "checkpoint")
"""Keys of the config that may change when a run continues, because they do not change what is learnt. data.workers may too."""


@contextmanager
def taken(out: Path, spec: TrainingSpec, overwrite: bool) -> Iterator[None]:
    """Lock a folder for this run, and write its config.

    overwrite: True to remove the files of an older run in the folder, and nothing else.
    Raises OutputBusy if another process uses the folder, PlanDiffers (with every difference) if its run has another config,
    OutputError if the folder holds foreign files.
    """
    output = LocalOutput(str(out))
    handle = output.lock()
    try:
        begun = _read(out)
        foreign = sorted(
            each.name for each in out.iterdir() if each.name not in OWN and not each.name.startswith(".")
        )
        if begun is None and foreign:
            hint = "Give another folder with --out."
            raise OutputError(
                "the folder holds files that are not of a training", where=str(out), got=foreign[0], hint=hint
            )
        if overwrite:
            for name in OWN:
                path = out / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        elif begun is not None:
            _refuse_another(out, spec, begun)
        unfinished = out / f"{CONFIG}.unfinished"
        unfinished.write_bytes(orjson.dumps(spec.model_dump(mode="json"), option=PRETTY))
        unfinished.replace(out / CONFIG)
        sync(out)
        yield
    finally:
        output.unlock(handle)


def _read(out: Path) -> dict[str, Any] | None:
    path = out / CONFIG
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as fault:
        raise MalformedJson("the config of the run is not JSON", where=str(path), got=str(fault)) from None
    return found


def _refuse_another(out: Path, spec: TrainingSpec, begun: Mapping[str, Any]) -> None:
    """Raise PlanDiffers if the config of the folder's run has other settings that change what is learnt."""
    asked = orjson.loads(orjson.dumps(spec.model_dump(mode="json")))
    found = differences(_of_learning(asked), _of_learning(begun))
    if found and checkpoints_in(out):
        raise PlanDiffers(
            "the training in this folder has another config: " + "".join(f"\n    {line}" for line in found),
            where=str(out),
            hint="Give another folder with --out, or add --overwrite to begin again in this one.",
        )


def _of_learning(config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in config.items() if name not in FREE}
    return kept | {"data": {name: value for name, value in kept["data"].items() if name != "workers"}}
