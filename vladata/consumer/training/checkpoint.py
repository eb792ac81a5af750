"""A checkpoint: all data needed to continue a training, or to use its model as a policy.

OUT/checkpoints/step-00001500/
    checkpoint.json        version, step, name, config, robots (robot_source.py), pictures, digest of the vocabulary, metrics
    model/                 files of Backbone.save: weights as safetensors
    optimizer.safetensors  NAME of a weight + ".exp_avg", ".exp_avg_sq", ".step"
    loader.json            the position of the loader (Loader.state_dict)
    vocabulary.json        the vocabulary, if the model has one

A folder with such a name is always complete: it is written under another name, synced, and renamed. The schedule and all random
draws are functions of the step and the config, so they have no state to store.
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
from vladata.near_path import way_to
from vladata.shards.storage import sync
from vladata.spec.read import validate_data
from vladata.spec.training import TrainingSpec
from vladata.vocabularies.file import encoded, vocabulary
from vladata.vocabularies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from vladata.consumer.models.backbone import Backbone

VERSION = 1
SHOWN = 5  # runs in a hint
FOLDER, DESCRIPTION, MODEL = "checkpoints", "checkpoint.json", "model"
OPTIMIZER, LOADER, VOCABULARY = "optimizer.safetensors", "loader.json", "vocabulary.json"
UNFINISHED = ".unfinished-"
NAMED = re.compile(r"step-(\d{8,})")
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True)
class Checkpoint:
    """The description of a checkpoint.

    folder:     its folder.
    step:       the number of steps made.
    name:       the name of its config.
    robots:     each robot dataset that the model learnt from, with its contract, recipe and schema in full.
    pictures:   the way in which pictures were made; None if the model saw no pictures.
    vocabulary: token ids that stand for bins; None if the model learnt actions as text.
    metrics:    the last measurements: name -> number.
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
        """The folder that `load_backbone` reads."""
        return self.folder / MODEL

    @property
    def contracts(self) -> dict[str, Mapping[str, Any]]:
        """Action contracts of the robots, by their digests."""
        return {robot.contract["digest"]: robot.contract for robot in self.robots}

    def digest(self) -> str:
        """Return a digest of the checkpoint's description, vocabulary and model: all that its policy depends on."""
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
        """Return the position of the loader. Raises MissingFile, MalformedJson."""
        return _json(self.folder / LOADER)

    def optimizer_state(self) -> "dict[str, torch.Tensor]":
        """Return the optimizer's state of each weight. Raises MissingFile, OutputError."""
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
    """Return the complete checkpoints in a run's folder, in the order of their steps."""
    found = (each for each in (out / FOLDER).glob("step-*") if NAMED.fullmatch(each.name))
    return sorted(found, key=lambda each: int(each.name.removeprefix("step-")))


def read_checkpoint(folder: str | os.PathLike[str]) -> Checkpoint:
    """Return the checkpoint in a folder; for the folder of a run, its newest checkpoint.

    Raises MissingFile if there is none, MalformedJson if its description cannot be read, OutputError for another version.
    """
    given = Path(folder).expanduser()
    there = given if (given / DESCRIPTION).exists() else next(reversed(checkpoints_in(given)), None)
    if there is None:
        hint = "Give a folder with checkpoint.json, or the folder of a run, which has checkpoints in checkpoints/."
        if not given.exists():
            hint = f"{hint} {way_to(str(given))}"
        elif runs := [str(each.parent) for each in sorted(given.parent.glob(f"{given.name}/*/{FOLDER}"))]:
            hint = f"Give one of these runs: {', '.join(runs[:SHOWN])}."
        raise MissingFile("there is no checkpoint in this folder", where=str(given), hint=hint)
    where = there / DESCRIPTION
    said = _json(where)
    if said.get("format_version") != VERSION:
        got, allowed = said.get("format_version"), str(VERSION)
        what = "the checkpoint has another format version than this vladata reads"
        raise OutputError(what, where=str(where), got=got, allowed=allowed)
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
        what = "the checkpoint's JSON lacks a key, or has a value of a wrong type"
        raise MalformedJson(what, where=str(where), got=repr(fault)) from None


def write_checkpoint(
    out: Path,
    said: Checkpoint,
    backbone: "Backbone",
    optimizer: "Mapping[str, torch.Tensor]",
    loader: Mapping[str, Any],
    keep: int,
) -> Path:
    """Write a checkpoint durably into a run's folder, remove all but the newest `keep`, and return its folder.

    said:      its description; said.folder is ignored.
    optimizer: the state of the optimizer, by names as in the file.
    loader:    the position of the loader.
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
    if target.exists():  # the run continued from an older checkpoint, and comes to this step again
        _remove(target)
    temporary.rename(target)
    sync(target.parent)
    tidy(out, keep)
    return target


def tidy(out: Path, keep: int) -> None:
    """Remove checkpoints that a killed process left unfinished, and all but the newest `keep`."""
    for left in (out / FOLDER).glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    for old in checkpoints_in(out)[:-keep]:
        _remove(old)


def _remove(folder: Path) -> None:
    """Rename a checkpoint, then remove it, so that a folder with the name of a checkpoint is always complete."""
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
        raise MalformedJson("a file of the checkpoint is not JSON", where=str(path), got=str(fault)) from None
    if not isinstance(found, dict):
        what = "a file of the checkpoint must be a JSON object"
        raise MalformedJson(what, where=str(path), got=type(found).__name__)
    return found


def _missing(path: Path) -> MissingFile:
    return MissingFile(
        "a file of the checkpoint is missing", where=str(path), hint="Copy the whole folder again."
    )
