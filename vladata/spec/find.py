"""Specs by name among those that ship with vladata, or by path.

A path has a slash in it or ends in .yaml; everything else is a name. A name is a file of that name in `vladata.schemas`, or
another name that such a file gives. So a file of the user's own never hides behind a name, nor a name behind a file.
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vladata.errors import MissingFile, Problem, SourceError, SpecError, UnknownName
from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.question import QuestionSpec
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec
from vladata.spec.strict import Strict

if TYPE_CHECKING:  # models of pydantic that no conversion needs: each costs every command's start
    from vladata.spec.evaluation import EvaluationSpec
    from vladata.spec.robot_keys import RobotKeysSpec
    from vladata.spec.training import TrainingSpec

FOLDERS = {
    "schema": "datasets",
    "corpus": "corpora",
    "recipe": "recipes",
    "mixture": "mixtures",
    "question": "questions",
    "evaluation": "evaluations",
    "robot": "robots",
    "training": "training",
}
"""What can be asked for -> its folder in `vladata.schemas`."""

Spec = TypeVar("Spec", bound=Strict)


def schema(name_or_path: str) -> DatasetSpec:
    """The schema of a robot dataset: `schema("bridge_dataset")`, `schema("./mine.yaml")`."""
    return _find("schema", name_or_path, DatasetSpec)


def corpus(name_or_path: str) -> CorpusSpec:
    """The layout of a web corpus: `corpus("cc3m")`, `corpus("./mine.yaml")`."""
    return _find("corpus", name_or_path, CorpusSpec)


def recipe(name_or_path: str) -> RecipeSpec:
    """A recipe: `recipe("rt2-pali-x")`, `recipe("./mine.yaml")`."""
    return _find("recipe", name_or_path, RecipeSpec)


def mixture(name_or_path: str) -> MixtureSpec:
    """A mixture: `mixture("octo-oxe_magic_soup")`, `mixture("./mine.yaml")`."""
    return _find("mixture", name_or_path, MixtureSpec)


def question(name_or_path: str) -> QuestionSpec:
    """What a model is asked: `question("subtasks")`, `question("./mine.yaml")`."""
    return _find("question", name_or_path, QuestionSpec)


def training(name_or_path: str) -> "TrainingSpec":
    """How a model is trained: `training("rt2-pali-x")`, `training("./mine.yaml")`."""
    from vladata.spec.training import TrainingSpec

    return _find("training", name_or_path, TrainingSpec)


def evaluation(name_or_path: str) -> "EvaluationSpec":
    """An evaluation: `evaluation("./mine.yaml")`."""
    from vladata.spec.evaluation import EvaluationSpec

    return _find("evaluation", name_or_path, EvaluationSpec)


def robot(name_or_path: str) -> "RobotKeysSpec":
    """The keys of a robot's messages: `robot("droid")`, `robot("./mine.yaml")`."""
    from vladata.spec.robot_keys import RobotKeysSpec

    return _find("robot", name_or_path, RobotKeysSpec)


def beside(name_or_path: str, file: str) -> str:
    """What a spec that was asked for as `file` means by `name_or_path`: a relative path begins in that file's folder."""
    return (
        str(Path(file).parent / name_or_path) if _is_path(name_or_path) and _is_path(file) else name_or_path
    )


def identity(name_or_path: str) -> str:
    """What is equal where the same file is meant: its real path, or the name of a spec that ships."""
    return str(Path(name_or_path).resolve()) if _is_path(name_or_path) else name_or_path


def names(kind: str) -> tuple[str, ...]:
    """The names that ship, sorted; `kind` is one of FOLDERS."""
    if kind not in FOLDERS:
        raise UnknownName("kind of spec", kind, list(FOLDERS))
    return tuple(sorted(_shipped(kind)))


def _shipped(kind: str) -> dict[str, Traversable]:
    folder = files("vladata.schemas") / FOLDERS[kind]
    return {item.name.removesuffix(".yaml"): item for item in folder.iterdir() if item.name.endswith(".yaml")}


def _is_path(name_or_path: str) -> bool:
    return "/" in name_or_path or name_or_path.endswith(".yaml")


def _find(kind: str, name_or_path: str, model: type[Spec]) -> Spec:
    if _is_path(name_or_path):
        return validate(model, _text(Path(name_or_path), kind), name_or_path)
    shipped = _shipped(kind)
    file = shipped.get(name_or_path) or _by_alias(shipped.values(), name_or_path)
    if file is None:
        raise UnknownName(kind, name_or_path, list(shipped))
    return validate(model, file.read_text("utf-8"), f"{FOLDERS[kind]}/{file.name}")


def _by_alias(shipped: Iterable[Traversable], name: str) -> Traversable | None:
    """The file whose dataset has `name` as another name. Only its line of aliases is looked at: reading 80 takes a second."""
    for file in shipped:
        line = re.search(r"^aliases: \[(.*)\]", file.read_text("utf-8"), re.MULTILINE)
        if line and name in line[1].split(", "):
            return file
    return None


def _text(path: Path, kind: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = f"What ships is asked for by its name alone: {_listed(kind)}."
        raise MissingFile(f"there is no {kind} file of that path", where=str(path), hint=hint) from None
    except IsADirectoryError:
        hint = f"Name a file: PATH.yaml. {kind.capitalize()} files that ship are asked for by their name alone: {_listed(kind)}."
        if ships := [part for part in path.parts if part in names(kind)]:
            hint = f"To use the {kind} that ships, write its name alone: {ships[-1]}."
        raise SourceError(
            f"a {kind} is a YAML file, and this is a folder", where=str(path), hint=hint
        ) from None
    except OSError as error:
        raise SourceError(f"the {kind} file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SpecError(str(path), [Problem(line, "", "is not UTF-8")]) from None


def _listed(kind: str) -> str:
    """Where the names that ship are seen: a command, or for a kind that has none, the names."""
    if kind in ("question", "training"):
        return ", ".join(names(kind))
    return f"`vladata {'corpora' if kind == 'corpus' else f'{kind}s'} list`"
