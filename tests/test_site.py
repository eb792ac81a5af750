"""The documentation as a site, built by mkdocs in strict mode: each page is there, and a broken link stops the build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build(root, out):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=root, env=quiet, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path):
    """The repository with a copy of docs/ that a test may change."""
    for path in ROOT.iterdir():
        if path.name not in ("docs", "out"):
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_each_page_is_there_and_files_beside_the_pages(root, tmp_path):
    done = build(root, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    for page in (ROOT / "docs").glob("*.md"):
        name = "index.html" if page.stem == "index" else f"{page.stem}/index.html"
        assert (tmp_path / "site" / name).is_file(), page.name
    example = tmp_path / "site" / "files" / "examples" / "torch_ddp.py"
    assert example.read_bytes() == (ROOT / "examples" / "torch_ddp.py").read_bytes()
    assert (
        'href="../files/examples/torch_ddp.py"' in (tmp_path / "site" / "training" / "index.html").read_text()
    )


@pytest.mark.parametrize(
    "link", ["[x](nowhere.md)", "[x](cli.md#no-such-heading)", "[x](../examples/nothing.py)"]
)
def test_a_link_that_leads_nowhere_stops_it(link, root, tmp_path):
    with (root / "docs" / "codecs.md").open("a") as page:
        page.write(f"\n{link}\n")
    done = build(root, tmp_path / "site")
    assert done.returncode != 0
    assert "codecs.md" in done.stderr or "nothing.py" in done.stderr
