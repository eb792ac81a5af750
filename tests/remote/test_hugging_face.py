"""LeRobot and HDF5 from hf://, through huggingface_hub's own file system: drafted, converted and verified by the command line."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("av")
pytest.importorskip("huggingface_hub")

import vladata
from tests.remote.hugging_face_hub import REPOSITORY, hub
from tests.robot.sources import LAYOUTS

URL = f"hf://datasets/{REPOSITORY}"


@pytest.mark.parametrize("name", ["lerobot-v3.0-video", "hdf5-libero"])
def test_a_dataset_of_the_hub(name, tmp_path):
    layout = LAYOUTS[name]
    folder = layout.written(tmp_path / "robot")
    (tmp_path / "robot.yaml").write_text(layout.schema)
    rules = ["--schema", tmp_path / "robot.yaml", "--recipe", "rt2-pali-x", "--image-size", "32"]
    with hub(folder) as endpoint:
        # The package reads the endpoint once, when it is imported: so in a process of its own.
        environment = os.environ | {
            "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1", "VLADATA_CACHE": str(tmp_path / "cache"),
        }  # fmt: skip
        for command in (
            ["schemas", "infer", URL, "--out", tmp_path / "draft.yaml"],
            ["convert", "rlds2vla", URL, tmp_path / "out", *rules, "--quiet"],
            ["verify", tmp_path / "out", "--source", URL],
        ):
            arguments = [sys.executable, "-m", "vladata.cli.main", *map(str, command)]
            done = subprocess.run(arguments, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    assert len(vladata.open(tmp_path / "out")) == sum(n - layout.last for n in layout.steps)


def test_without_the_package_its_name_is_said():
    """In a process of its own: fsspec keeps the file systems that it has loaded."""
    absent = "import sys; sys.modules['huggingface_hub'] = None; from vladata.cli.main import main; main()"
    command = [sys.executable, "-c", absent, "schemas", "infer", URL]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    told = f"hf:// needs a package that is not installed.\n  {sys.executable} -m pip install huggingface_hub"
    assert told in done.stderr
