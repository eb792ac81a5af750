"""The folder of an evaluation: one process writes it, and only the evaluation that began it can continue in it.

The outcome of a trial depends on the environment and the file of its code, on settings and seeds, and on the bytes of each
policy's checkpoints. So a policy that was trained further counts as another policy. The number of trials, the suites, the films,
and the number of trials that run together may change when an evaluation continues.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import getsourcefile
from pathlib import Path
from typing import Any

import xxhash

from vladata.consumer.evaluation.actors import OWN, is_address
from vladata.consumer.evaluation.adapter import Adapter
from vladata.consumer.evaluation.trials import FILE
from vladata.consumer.training.checkpoint import read_checkpoint
from vladata.errors import MalformedJson, MissingFile, OutputError, PlanDiffers
from vladata.shards.storage import LocalOutput
from vladata.shards.whole import write_whole
from vladata.spec.evaluation import EvaluationSpec

CONFIG, RESULTS, REPORT, FILMS = "config.json", "results.json", "report.html", "films"
WRITTEN = (CONFIG, FILE, RESULTS, REPORT, FILMS)


@contextmanager
def taken(folder: Path, spec: EvaluationSpec, identity: Mapping[str, Any], overwrite: bool) -> Iterator[None]:
    """Lock a folder for an evaluation, and write its config.

    identity:  the result of `identity_of`.
    overwrite: True to remove the files of an older evaluation in the folder, and nothing else.
    Raises OutputBusy if another process uses the folder, PlanDiffers if it holds another evaluation, OutputError if it
    holds foreign files, MalformedJson if its config cannot be read."""
    output = LocalOutput(str(folder))
    handle = output.lock()
    try:
        _refuse_strangers(folder)
        if overwrite:
            for name in WRITTEN:
                path = folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        _refuse_another(folder, identity)
        said = {"config": spec.model_dump(mode="json"), "identity": identity}
        whole(folder / CONFIG, (json.dumps(said, indent=1) + "\n").encode())
        yield
    finally:
        output.unlock(handle)


def identity_of(spec: EvaluationSpec, world: Adapter) -> dict[str, Any]:
    """Return everything that the outcome of a trial depends on, as a JSON object.

    Raises MissingFile if a checkpoint is missing."""
    policies = {
        name: {"dataset": rule.dataset, "checkpoints": [_digest(path) for path in spec.checkpoints(name)]}
        for name, rule in spec.rules().items()
    }
    said = {
        "environment": spec.environment,
        "code": _code_of(world),
        "settings": spec.settings,
        "seeds": spec.seeds,
        "actions": world.names,
        "policies": policies,
    }
    found: dict[str, Any] = json.loads(json.dumps(said))
    return found


def check_checkpoints(spec: EvaluationSpec) -> None:
    """Raise MissingFile for a checkpoint that is not there; no server is asked."""
    for name in spec.rules():
        for path in spec.checkpoints(name):
            if not is_address(path):
                _digest(path)


def whole(path: Path, data: bytes) -> None:
    """Write a file so that it is complete whenever it exists."""
    write_whole(path.with_name(f".{path.name}.unfinished"), path, [data], durable=True)


def _code_of(world: Adapter) -> str:
    """Return the digest of the file with an environment's class. Modules that it imports are not included."""
    file = getsourcefile(type(world))
    return xxhash.xxh3_128_hexdigest(Path(file).read_bytes()) if file else ""


def _digest(checkpoint: str) -> str:
    """Return the digest of a checkpoint, or of the one behind a server; for the environment's own players, their name."""
    if checkpoint in OWN:
        return checkpoint
    if is_address(checkpoint):
        from vladata.consumer.evaluation.remote import told_by

        return str(told_by(checkpoint).get("checkpoint"))
    try:
        return read_checkpoint(checkpoint).digest()
    except MissingFile as fault:
        own = f"A policy may also be {' or '.join(OWN)}, the environment's own, or a server's address, ws://host:port."
        raise MissingFile(fault.what, where=fault.where, hint=f"{fault.hint} {own}") from None


def _refuse_strangers(folder: Path) -> None:
    strange = sorted(
        each.name for each in folder.iterdir() if each.name not in WRITTEN and each.name[0] != "."
    )
    if strange and not (folder / CONFIG).exists():
        hint = "Give another folder with --out."
        what = "the folder holds files that are not of an evaluation"
        raise OutputError(what, where=str(folder), got=strange[0], hint=hint)


def _refuse_another(folder: Path, identity: Mapping[str, Any]) -> None:
    file = folder / CONFIG
    if not file.exists():
        if (folder / FILE).exists():
            hint = "Remove the folder, or add --overwrite."
            raise OutputError(
                f"the folder holds {FILE}, but not the {CONFIG} that belongs to it",
                where=str(folder),
                hint=hint,
            )
        return
    try:
        there = json.loads(file.read_bytes())["identity"]
        differ = [name for name in identity if there.get(name) != identity[name]]
        if "policies" in differ:
            differ.remove("policies")
            now, then = identity["policies"], there.get("policies", {})
            differ += [f"policies.{name}" for name in {**now, **then} if now.get(name) != then.get(name)]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise MalformedJson(
            "the config of the evaluation cannot be read", where=str(file), got=str(fault)
        ) from None
    if differ:
        hint = "Give another folder with --out, or add --overwrite to begin again in this one."
        what = "the folder holds another evaluation, which differs in these keys"
        raise PlanDiffers(what, where=str(folder), got=", ".join(differ), hint=hint)
