"""Shipped specs by name, and files of the user by path.

A text with a slash in it, or that ends in .yaml, is a path; any other text is a name. A name is the name of a file in
`vladata.schemas`, or an alias in such a file. So a file of the user never hides a shipped spec, nor a shipped spec a file.
"""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vladata.errors import MissingFile, Problem, SourceError, SpecError, UnknownName, UsageError
from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.extends import KEY, resolved
from vladata.spec.mistaken import require_kind, unknown, way_to_file
from vladata.spec.mixture import MixtureSpec
from vladata.spec.question import QuestionSpec
from vladata.spec.read import Parsed, parse_yaml, validate_parsed
from vladata.spec.recipe import RecipeSpec
from vladata.spec.strict import Strict

if TYPE_CHECKING:  # no conversion needs these models, and each would slow the start of every command
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
"""Kind of spec -> its folder in `vladata.schemas`."""

Spec = TypeVar("Spec", bound=Strict)


def schema(name_or_path: str) -> DatasetSpec:
    """Return the schema of a robot dataset: `schema("bridge_dataset")`, `schema("./mine.yaml")`."""
    return _find("schema", name_or_path, DatasetSpec)


def corpus(name_or_path: str) -> CorpusSpec:
    """Return the layout of a web corpus: `corpus("cc3m")`, `corpus("./mine.yaml")`."""
    return _find("corpus", name_or_path, CorpusSpec)


def recipe(name_or_path: str) -> RecipeSpec:
    """Return a recipe, resolved where it extends another: `recipe("rt2-pali-x")`, `recipe("./mine.yaml")`."""
    return validate_parsed(RecipeSpec, _recipe(name_or_path, ()))


def _recipe(name_or_path: str, within: tuple[str, ...]) -> Parsed:
    """Return the keys of a recipe and of the recipes that it extends. within: the recipes that extend this one."""
    text, file = _open("recipe", name_or_path)
    chain = (*within, name_or_path)
    if identity(name_or_path) in map(identity, within):
        told = " -> ".join(chain)
        raise SpecError(file, [Problem(1, "extends", f"leads back to the recipe itself: {told}")])

    def base(name: str) -> Parsed:
        parsed = _recipe(beside(name, name_or_path), chain)
        validate_parsed(RecipeSpec, parsed)
        return parsed

    own = parse_yaml(text, file)
    if not (isinstance(own.data, Mapping) and KEY in own.data):
        require_kind("recipe", own.data, file)
    return resolved(own, base)


def mixture(name_or_path: str) -> MixtureSpec:
    """Return a mixture: `mixture("octo-oxe_magic_soup")`, `mixture("./mine.yaml")`."""
    return _find("mixture", name_or_path, MixtureSpec)


def question(name_or_path: str) -> QuestionSpec:
    """Return a question to a model: `question("subtasks")`, `question("./mine.yaml")`."""
    return _find("question", name_or_path, QuestionSpec)


def training(name_or_path: str) -> "TrainingSpec":
    """Return a training config: `training("rt2-pali-x")`, `training("./mine.yaml")`."""
    from vladata.spec.training import TrainingSpec

    return _find("training", name_or_path, TrainingSpec)


def evaluation(name_or_path: str) -> "EvaluationSpec":
    """Return an evaluation: `evaluation("./mine.yaml")`."""
    from vladata.spec.evaluation import EvaluationSpec

    return _find("evaluation", name_or_path, EvaluationSpec)


def robot(name_or_path: str) -> "RobotKeysSpec":
    """Return the keys of a robot's messages: `robot("droid")`, `robot("./mine.yaml")`."""
    from vladata.spec.robot_keys import RobotKeysSpec

    return _find("robot", name_or_path, RobotKeysSpec)


def beside(name_or_path: str, file: str) -> str:
    """Return `name_or_path`, which the spec `file` contains; a relative path begins in the folder of that file."""
    return (
        str(Path(file).parent / name_or_path) if _is_path(name_or_path) and _is_path(file) else name_or_path
    )


def identity(name_or_path: str) -> str:
    """Return the real path of a file, or the name of a shipped spec: equal for two spellings of one file."""
    return str(Path(name_or_path).resolve()) if _is_path(name_or_path) else name_or_path


def names(kind: str) -> tuple[str, ...]:
    """Return the names of the shipped specs, sorted. kind: a key of FOLDERS."""
    if kind not in FOLDERS:
        raise UnknownName("kind of spec", kind, list(FOLDERS))
    return tuple(sorted(_shipped(kind)))


def _shipped(kind: str) -> dict[str, Traversable]:
    folder = files("vladata.schemas") / FOLDERS[kind]
    return {item.name.removesuffix(".yaml"): item for item in folder.iterdir() if item.name.endswith(".yaml")}


def _is_path(name_or_path: str) -> bool:
    return "/" in name_or_path or name_or_path.endswith(".yaml")


def _find(kind: str, name_or_path: str, model: type[Spec]) -> Spec:
    parsed = parse_yaml(*_open(kind, name_or_path))
    require_kind(kind, parsed.data, parsed.file)
    return validate_parsed(model, parsed)


def _open(kind: str, name_or_path: str) -> tuple[str, str]:
    """Return the text of a file and its name in messages."""
    if not isinstance(name_or_path, str):
        raise UsageError(f"a {kind} is named by text", got=name_or_path, allowed="a name or a path")
    if _is_path(name_or_path):
        return _text(Path(name_or_path), kind), name_or_path
    shipped = _shipped(kind)
    file = shipped.get(name_or_path) or _by_alias(shipped.values(), name_or_path)
    if file is None:
        raise unknown(kind, name_or_path, shipped, names)
    return file.read_text("utf-8"), f"{FOLDERS[kind]}/{file.name}"


def _by_alias(shipped: Iterable[Traversable], name: str) -> Traversable | None:
    """Return the file whose spec has the alias `name`. Only lines of aliases are read, since parsing 80 files takes a second."""
    for file in shipped:
        line = re.search(r"^aliases: \[(.*)\]", file.read_text("utf-8"), re.MULTILINE)
        if line and name in line[1].split(", "):
            return file
    return None


def _text(path: Path, kind: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = way_to_file(str(path), kind, _listed(kind), names(kind))
        raise MissingFile(f"there is no {kind} file at this path", where=str(path), hint=hint) from None
    except IsADirectoryError:
        hint = f"Name a file: PATH.yaml. {kind.capitalize()} files that ship are named without a path: {_listed(kind)}."
        if ships := [part for part in path.parts if part in names(kind)]:
            hint = f"To use the {kind} that ships, write its name alone: {ships[-1]}."
        raise SourceError(
            f"a {kind} is a YAML file, and this is a folder", where=str(path), hint=hint
        ) from None
    except OSError as error:
        raise SourceError(f"the {kind} file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        utf16 = " but UTF-16: save it as UTF-8" if error.object.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
        raise SpecError(str(path), [Problem(line, "", f"is not UTF-8{utf16}")]) from None


def _listed(kind: str) -> str:
    """Return the command that lists the shipped names, or the names where there is no such command."""
    if kind in ("question", "training"):
        return ", ".join(names(kind))
    return f"`vladata {'corpora' if kind == 'corpus' else f'{kind}s'} list`"
