"""The folder of an evaluation: one process writes it, one evaluation began it, and only that one goes on in it.

What makes a trial what it is: environment and the file of its code, settings, seeds, and of each policy the bytes of its
checkpoints. A run that was trained further is another policy. How many trials there are, which suites, what is filmed and how
many run at once may change.
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
    """Take a folder for an evaluation, alone, and write its config.

    identity: what `identity_of` says.   overwrite: what lies there of an evaluation is removed; nothing else ever is.
    Raises OutputBusy where another process has it, PlanDiffers where another evaluation began it, OutputError where something
    else lies there, MalformedJson for a config that cannot be read."""
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
    """What the outcome of a trial depends on, as JSON has it.

    Raises MissingFile where there is no such checkpoint."""
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


def whole(path: Path, data: bytes) -> None:
    """Write a file that is whole whenever it is seen."""
    write_whole(path.with_name(f".{path.name}.unfinished"), path, [data], durable=True)


def _code_of(world: Adapter) -> str:
    """Of the file that an environment is written in; what that file imports is not in it."""
    file = getsourcefile(type(world))
    return xxhash.xxh3_128_hexdigest(Path(file).read_bytes()) if file else ""


def _digest(checkpoint: str) -> str:
    """Of a checkpoint; of a server, that of the checkpoint that it serves; the name itself of the environment's own policies."""
    if checkpoint in OWN:
        return checkpoint
    if is_address(checkpoint):
        from vladata.consumer.evaluation.remote import told_by

        return str(told_by(checkpoint).get("checkpoint"))
    try:
        return read_checkpoint(checkpoint).digest()
    except MissingFile as fault:
        own = (
            f"Or one of the environment's own: {', '.join(OWN)}; or the address of a server: ws://host:port."
        )
        raise MissingFile(fault.what, where=fault.where, hint=f"{fault.hint} {own}") from None


def _refuse_strangers(folder: Path) -> None:
    strange = sorted(
        each.name for each in folder.iterdir() if each.name not in WRITTEN and each.name[0] != "."
    )
    if strange and not (folder / CONFIG).exists():
        hint = "Say another folder with --out."
        what = "the folder holds something else than an evaluation"
        raise OutputError(what, where=str(folder), got=strange[0], hint=hint)


def _refuse_another(folder: Path, identity: Mapping[str, Any]) -> None:
    file = folder / CONFIG
    if not file.exists():
        if (folder / FILE).exists():
            hint = "Remove the folder, or say --overwrite."
            raise OutputError(
                "trials lie there without the config that made them", where=str(folder), hint=hint
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
        hint = "Give it another folder, or begin again with --overwrite."
        what = "another evaluation lies there"
        raise PlanDiffers(what, where=str(folder), got=", ".join(differ), hint=hint)
