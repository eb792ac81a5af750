"""setup.cfg compared with the tree: all packages are installed, and every extra installs something."""

import ast
import configparser
import importlib.resources
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def names(block):
    """The packages in a setup.cfg list: "numpy>=1.26" is "numpy"."""
    lines = [line.strip() for line in block.splitlines() if line.strip() and not line.startswith("#")]
    return [re.split(r"[><=;\[ ]", line)[0].lower() for line in lines]


def test_every_package_of_the_tree_is_listed(setup):
    folders = [file.parent.relative_to(ROOT) for file in ROOT.glob("vladata/**/__init__.py")]
    mapped = ["vladata.pipelines", "vladata.schemas"]
    assert names(setup["options"]["packages"]) == sorted(
        [".".join(folder.parts) for folder in folders] + mapped
    )


def test_every_python_folder_is_a_package():
    folders = {file.parent for file in [*ROOT.glob("vladata/**/*.py"), *ROOT.glob("pipelines/**/*.py")]}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_packages_hold_a_docstring_and_no_code():
    public = ROOT / "vladata/beam/__init__.py"  # resolves the PTransforms that users import
    for file in {*ROOT.glob("*/__init__.py"), *ROOT.glob("vladata/*/__init__.py")} - {public}:
        tree = ast.parse(file.read_text())
        assert ast.get_docstring(tree), file
        assert len(tree.body) == 1 or file == ROOT / "vladata/__init__.py", file


def test_the_base_install_is_slim(setup):
    base = names(setup["options"]["install_requires"])
    assert base == sorted(base)
    heavy = {"apache-beam", "tensorflow", "tensorflow-datasets", "torch", "webdataset", "datasets"}
    assert heavy.isdisjoint(base)


def test_no_extra_is_empty_and_dev_has_them_all(setup):
    extras = {name: names(block) for name, block in setup["options.extras_require"].items()}
    assert all(extras.values())
    assert "torch" not in extras["dev"]
    assert set(extras["dev"]) > {*extras["beam"], *extras["tf"], *extras["http"]}


def test_schemas_and_pipelines_are_found_inside_the_package():
    installed = importlib.resources.files("vladata.schemas")
    here = {file.relative_to(ROOT / "schemas") for file in ROOT.glob("schemas/**/*.yaml")}
    assert here
    assert [str(name) for name in sorted(here) if not installed.joinpath(*name.parts).is_file()] == []
    import vladata.pipelines

    assert vladata.pipelines.__doc__
