"""The wheel, and environments that hold it and nothing of the repository."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(command: list[str], folder: Path) -> None:
    """Runs a command in `folder`, where nothing of the repository can be imported by chance."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    clean["VLADATA_CACHE"] = str(folder / "cache")
    subprocess.run(command, check=True, cwd=folder, env=clean)


def build(folder: Path) -> Path:
    """The wheel, built from a copy: setuptools leaves its work in the tree, and takes what an older build left."""
    copy = folder / "source"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "out", "build", "*.egg-info"))
    run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(copy)],
        folder,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(folder: Path, *requirements: str) -> str:
    """A new environment in `folder` with what pip makes of `requirements`; its Python."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    run([python, "-m", "pip", "install", "--quiet", *requirements], folder)
    return python
