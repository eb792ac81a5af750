"""The house rules that a parser can check: imports go down only; files are small and named after their content.

Every import counts, also one inside a function or under TYPE_CHECKING, because it is a dependency too. The only exception is
vladata/__init__.py: its table of public names points upward and is resolved lazily.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import vladata

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 300

# A package may import itself and what stands above it in this table, but not its neighbours on the same line.
LAYERS = (
    ("explained", "version"),
    ("errors", "progress"),
    (
        "fields",
        "footage",
        "image_geometry",
        "image_kinds",
        "keys",
        "near_path",
        "plugins",
        "quota",
        "resampling",
        "sizes",
    ),
    ("pixels",),
    ("images",),
    ("notebook",),
    ("records",),
    ("actions",),
    ("language",),
    ("spec",),
    ("transforms", "vocabularies"),
    ("image_rule", "looks"),
    ("formats",),
    ("shards", "sources"),
    ("index",),
    ("corpora",),
    ("filters",),
    ("selection",),
    ("annotations", "plan"),
    ("runs",),
    ("mixtures", "robot", "web"),
    ("annotate", "doctor", "loaders"),
    ("beam",),
    ("commands", "pipelines"),
    ("consumer",),
    ("cli",),
)
RUNG = {name: number for number, row in enumerate(LAYERS) for name in row}

# Packages that may use less than the table gives them: formats knows bytes, and no spec or action.
ONLY = {"formats": {"errors", "keys", "records"}}

# Libraries that are heavy or optional, and the only places that may import them.
CONFINED = {
    "apache_beam": ("vladata/beam/", "pipelines/"),
    "av": ("vladata/shards/episodes/video.py", "vladata/sources/lerobot/video.py"),
    "array_record": (),
    "tensorflow": ("vladata/consumer/rlds.py", "vladata/sources/tfds.py"),
    "tensorflow_datasets": ("vladata/sources/tfds.py",),
    "datasets": (),
    "h5py": ("vladata/sources/hdf5/",),
    "sentencepiece": ("vladata/vocabularies/sentence_piece.py",),
    "tokenizers": ("vladata/vocabularies/hugging_face.py",),
    "torch": (
        "vladata/annotate/hugging_face.py",
        "vladata/consumer/",
        "vladata/corpora/similarity.py",
        "vladata/loaders/torch.py",
    ),
    "transformers": (
        "vladata/annotate/hugging_face.py",
        "vladata/consumer/",
        "vladata/corpora/similarity.py",
        "vladata/vocabularies/through_transformers.py",
    ),
    "wasmtime": ("vladata/formats/highway_hash.py",),
    "webdataset": (),
}

SHIPPED = sorted([*ROOT.glob("vladata/**/*.py"), *ROOT.glob("pipelines/**/*.py")])
WRITTEN = sorted(
    [*SHIPPED, *ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py"), *ROOT.glob("docs/**/*.py")]
)


def package_of(file: Path) -> str:
    """The first name below vladata: "spec" for vladata/spec/find.py, "" for vladata/__init__.py itself."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    name = parts[0] if parts[0] == "pipelines" else parts[1]
    return "" if name == "__init__" else name


def imported_modules(text: str) -> Iterator[str]:
    """Every module that a file imports; `from a import b` gives "a.b", a module or a name in one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that they can be read and checked"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_used(text: str) -> set[str]:
    """Our own packages that a file imports. A public name counts as the package that it stands for."""
    used = set()
    for module in imported_modules(text):
        first, _, rest = module.partition(".")
        if first != "vladata" or not rest:
            continue
        name = rest.split(".")[0]
        used.add(name if name in RUNG else vladata.PUBLIC.get(name, f"vladata.{name}").split(".")[1])
    return used


def upward_imports(package: str, text: str) -> list[str]:
    """What a file of `package` imports and may not."""
    allowed = {name for name, rung in RUNG.items() if rung < RUNG[package]} & ONLY.get(package, set(RUNG))
    return sorted(packages_used(text) - allowed - {package})


def confined_imports(path: str, text: str) -> list[str]:
    """The libraries that the file at `path` imports outside their place."""
    libraries = {module.split(".")[0] for module in imported_modules(text)}
    return sorted(name for name in libraries & set(CONFINED) if not path.startswith(CONFINED[name] or "-"))


def wrong_in(files: Iterable[Path], found: Callable[[Path], object]) -> dict[str, object]:
    """What is wrong in each file; files in which nothing is are left out. One test for all: a thousand cost more than they do."""
    return {str(file.relative_to(ROOT)): wrong for file in files if (wrong := found(file))}


def test_imports_go_down_only():
    packages = {file: package_of(file) for file in SHIPPED}
    assert set(packages.values()) - {""} <= set(RUNG), "a package has no place in LAYERS"
    inner = [file for file, package in packages.items() if package]
    assert wrong_in(inner, lambda file: upward_imports(packages[file], file.read_text())) == {}


def test_heavy_libraries_stay_where_they_belong():
    assert (
        wrong_in(SHIPPED, lambda file: confined_imports(str(file.relative_to(ROOT)), file.read_text())) == {}
    )


@pytest.mark.parametrize(
    ("package", "text", "upward"),
    [
        ("spec", "from vladata.errors import SpecError", []),
        ("spec", "import vladata.transforms.chain", ["transforms"]),
        ("spec", "def f():\n    from vladata import plan", ["plan"]),
        ("sources", "from vladata.sources.folder import Folder", []),
        ("sources", "from vladata.shards.writer import write_shard", ["shards"]),
        ("plan", "from vladata import episodes", []),
        ("index", "from vladata import beam", ["beam"]),
        ("formats", "from vladata.spec.find import schema", ["spec"]),
        ("beam", "from vladata.pipelines.index import build", ["pipelines"]),
        ("keys", "import vladata.something_new", ["something_new"]),
    ],
)
def test_upward_imports_are_found(package, text, upward):
    assert upward_imports(package, text) == upward


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("vladata/sources/rlds.py", "def f():\n    import tensorflow as tf", ["tensorflow"]),
        ("vladata/sources/tfds.py", "def f():\n    import tensorflow as tf", []),
        ("vladata/plan/units.py", "from apache_beam.io import filesystems", ["apache_beam"]),
        ("pipelines/index.py", "import apache_beam as beam", []),
        ("vladata/beam/read.py", "import torch", ["torch"]),
        ("vladata/corpora/similarity.py", "def f():\n    import torch", []),
    ],
)
def test_misplaced_libraries_are_found(path, text, found):
    assert confined_imports(path, text) == found


def test_files_are_small():
    lengths = {file: len(file.read_text().splitlines()) for file in WRITTEN}
    assert wrong_in(WRITTEN, lambda file: lengths[file] > LONGEST_FILE and lengths[file]) == {}


def test_files_are_named_for_what_they_hold():
    nameless = re.compile(r"(^|_)(utils?|helpers?|common|misc)(_|$)")
    assert wrong_in(WRITTEN, lambda file: nameless.search(file.stem)) == {}


def test_every_layer_is_there():
    found = {package_of(file) for file in SHIPPED} - {""}
    assert found == set(RUNG)
