"""A checkpoint: all that going on with a training, or acting by its model, needs.

OUT/checkpoints/step-00001500/
    checkpoint.json        version, step, name, config, robots (robot_source.py), pictures, digest of the vocabulary, metrics
    model/                 what Backbone.save writes: weights as safetensors
    optimizer.safetensors  NAME of a weight + ".exp_avg", ".exp_avg_sq", ".step"
    loader.json            where the loader stands (Loader.state_dict)
    vocabulary.json        where there is one

A folder of that name is whole: it is written under another name, synced, and renamed. The schedule and what is drawn at random
are functions of the step and the config, so there is no state of them to keep.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import xxhash

from vladata.consumer.training.robot_source import LoadedPictures, RobotSource
from vladata.errors import MalformedJson, MissingFile, OutputError
from vladata.shards.storage import sync
from vladata.spec.read import validate_data
from vladata.spec.training import TrainingSpec
from vladata.vocabularies.file import encoded, vocabulary
from vladata.vocabularies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from vladata.consumer.models.backbone import Backbone

VERSION = 1
FOLDER, DESCRIPTION, MODEL = "checkpoints", "checkpoint.json", "model"
OPTIMIZER, LOADER, VOCABULARY = "optimizer.safetensors", "loader.json", "vocabulary.json"
UNFINISHED = ".unfinished-"
NAMED = re.compile(r"step-(\d{8,})")
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says.

    folder:     where it lies.   step: how many steps were made.   name: of its config.
    robots:     each robot dataset that was learnt from, its contract, recipe and schema in full.
    pictures:   how its pictures were made; None where it saw none.
    vocabulary: token ids that stand for bins; None where the text of actions was learnt.
    metrics:    what was measured last: name -> number.
    """

    folder: Path
    step: int
    name: str
    config: TrainingSpec
    robots: tuple[RobotSource, ...]
    pictures: LoadedPictures | None
    vocabulary: Vocabulary | None
    metrics: Mapping[str, float]

    @property
    def model_folder(self) -> Path:
        """What `load_backbone` reads."""
        return self.folder / MODEL

    @property
    def contracts(self) -> dict[str, Mapping[str, Any]]:
        """Digest -> action contract."""
        return {robot.contract["digest"]: robot.contract for robot in self.robots}

    def digest(self) -> str:
        """Of the bytes of the model and of what the checkpoint says: what its policy does depends on these."""
        digest = xxhash.xxh3_128()
        for path in (
            self.folder / DESCRIPTION,
            self.folder / VOCABULARY,
            *sorted(self.model_folder.rglob("*")),
        ):
            if path.is_file():
                digest.update(f"{path.relative_to(self.folder)} {path.stat().st_size}\n".encode())
                with path.open("rb") as file:
                    while block := file.read(1 << 20):
                        digest.update(block)
        return digest.hexdigest()

    def loader_state(self) -> dict[str, Any]:
        """Where the loader stood. Raises MissingFile, MalformedJson."""
        return _json(self.folder / LOADER)

    def optimizer_state(self) -> "dict[str, torch.Tensor]":
        """What the optimizer remembers of each weight. Raises MissingFile, OutputError."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            found: dict[str, torch.Tensor] = load_file(self.folder / OPTIMIZER)
            return found
        except FileNotFoundError:
            raise _missing(self.folder / OPTIMIZER) from None
        except SafetensorError as fault:
            what = "the state of the optimizer cannot be read"
            raise OutputError(what, where=str(self.folder / OPTIMIZER), got=str(fault)) from None


def checkpoints_in(out: Path) -> list[Path]:
    """The whole checkpoints of a run's folder, by their steps."""
    found = (each for each in (out / FOLDER).glob("step-*") if NAMED.fullmatch(each.name))
    return sorted(found, key=lambda each: int(each.name.removeprefix("step-")))


def read_checkpoint(folder: str | os.PathLike[str]) -> Checkpoint:
    """Return the checkpoint in a folder; of a run's folder, the newest.

    Raises MissingFile where there is none, MalformedJson for what is none, OutputError for one of another version.
    """
    given = Path(folder)
    there = given if (given / DESCRIPTION).exists() else next(reversed(checkpoints_in(given)), None)
    if there is None:
        hint = "A checkpoint holds checkpoint.json; a run's folder has them under checkpoints/."
        raise MissingFile("there is no checkpoint", where=str(given), hint=hint)
    where = there / DESCRIPTION
    said = _json(where)
    if said.get("format_version") != VERSION:
        got, allowed = said.get("format_version"), str(VERSION)
        raise OutputError("the checkpoint is of another version", where=str(where), got=got, allowed=allowed)
    held = there / VOCABULARY
    try:
        return Checkpoint(
            folder=there,
            step=said["step"],
            name=said["name"],
            config=validate_data(TrainingSpec, said["config"], str(where)),
            robots=tuple(RobotSource.from_json(each) for each in said["robots"]),
            pictures=None if said["pictures"] is None else LoadedPictures.from_json(said["pictures"]),
            vocabulary=vocabulary(held) if said["vocabulary"] else None,
            metrics=said["metrics"],
        )
    except (KeyError, TypeError, ValueError) as fault:
        what = "the checkpoint is whole JSON, and not what this version of vladata writes"
        raise MalformedJson(what, where=str(where), got=repr(fault)) from None


def write_checkpoint(
    out: Path,
    said: Checkpoint,
    backbone: "Backbone",
    optimizer: "Mapping[str, torch.Tensor]",
    loader: Mapping[str, Any],
    keep: int,
) -> Path:
    """Write a checkpoint into a run's folder, durably, and remove all but the newest `keep`; the folder that it has.

    said.folder is not looked at. optimizer: by weight, as the file has it.   loader: its state.
    """
    from safetensors.torch import save_file

    target = out / FOLDER / f"step-{said.step:08d}"
    temporary = out / FOLDER / f"{UNFINISHED}{target.name}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    backbone.save(temporary / MODEL)
    save_file(dict(optimizer), temporary / OPTIMIZER)
    (temporary / LOADER).write_bytes(orjson.dumps(dict(loader), option=PRETTY))
    if said.vocabulary is not None:
        (temporary / VOCABULARY).write_bytes(encoded(said.vocabulary))
    (temporary / DESCRIPTION).write_bytes(orjson.dumps(_described(said), option=PRETTY) + b"\n")
    for path in (*temporary.rglob("*"), temporary):
        sync(path)
    if target.exists():  # a run that was begun again from an older one
        _remove(target)
    temporary.rename(target)
    sync(target.parent)
    tidy(out, keep)
    return target


def tidy(out: Path, keep: int) -> None:
    """Remove what a death left unfinished, and all checkpoints but the newest `keep`."""
    for left in (out / FOLDER).glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    for old in checkpoints_in(out)[:-keep]:
        _remove(old)


def _remove(folder: Path) -> None:
    """Remove a checkpoint: under another name first, so that what is seen is always whole."""
    shutil.rmtree(folder.rename(folder.parent / f"{UNFINISHED}{folder.name}-old"))


def _described(said: Checkpoint) -> dict[str, Any]:
    return {
        "format_version": VERSION,
        "step": said.step,
        "name": said.name,
        "config": said.config.model_dump(mode="json"),
        "robots": [robot.to_json() for robot in said.robots],
        "pictures": None if said.pictures is None else said.pictures.to_json(),
        "vocabulary": None if said.vocabulary is None else said.vocabulary.digest,
        "metrics": dict(said.metrics),
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise _missing(path) from None
    except orjson.JSONDecodeError as fault:
        raise MalformedJson("a file of the checkpoint is no JSON", where=str(path), got=str(fault)) from None
    if not isinstance(found, dict):
        raise MalformedJson("a file of the checkpoint is no JSON object", where=str(path))
    return found


def _missing(path: Path) -> MissingFile:
    return MissingFile("a file of the checkpoint is missing", where=str(path), hint="Copy the whole folder.")
