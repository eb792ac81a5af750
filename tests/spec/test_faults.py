"""Every folder tests/faults/KIND_* is a fault: a spec that is wrong, and exactly what is said of it.

To add one, make the folder with its input.yaml and refresh:

    VLADATA_REFRESH=1 python -m pytest tests/spec/test_faults.py
"""

import os
from pathlib import Path

import pytest

from vladata.errors import SpecError
from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec
from vladata.spec.robot_keys import RobotKeysSpec

MODELS = {
    "dataset": DatasetSpec,
    "corpus": CorpusSpec,
    "recipe": RecipeSpec,
    "mixture": MixtureSpec,
    "robot": RobotKeysSpec,
}
FAULTS = Path(__file__).parent.parent / "faults"
FOLDERS = sorted(folder for kind in MODELS for folder in FAULTS.glob(f"{kind}_*"))
REFRESH = "VLADATA_REFRESH=1 python -m pytest tests/spec/test_faults.py"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_problem_is_named(folder):
    model = MODELS[folder.name.split("_")[0]]
    with pytest.raises(SpecError) as caught:
        validate(model, (folder / "input.yaml").read_text("utf-8"), "input.yaml")
    says = f"{caught.value}\n"
    if os.environ.get("VLADATA_REFRESH"):
        (folder / "says.txt").write_text(says, "utf-8")
    assert says == (folder / "says.txt").read_text("utf-8"), f"if this is meant, refresh it: {REFRESH}"


def test_the_faults_are_there():
    assert len(FOLDERS) > 20
