"""The base install in a fresh environment: few packages, all data files, and it reads converted datasets.

    python .ci/base_install.py        needs a package index; reads out/demo, which `make demo` makes

What a training machine gets with `pip install vladata`: no Beam, TensorFlow or torch, and what is missing is named with
the extra that brings it. Without Beam the demo's episodes and captions are converted there by two workers, with nothing that
another package happens to bring, and must be the shards that Beam wrote.
"""

import json
import subprocess
import tempfile
import zipfile
from pathlib import Path

from fresh import ROOT, build, install, run

MADE = ROOT / "out" / "demo"
DEMO, PAIRS, MIXTURE = (MADE / name for name in ("vla", "pairs", "mix"))
SOURCE = MADE / "rlds" / "tabletop" / "1.0.0"
SCHEMA, CORPUS = (ROOT / "docs" / "demo" / name for name in ("tabletop.yaml", "blocks.yaml"))
MOST_PACKAGES = 25  # all that pip lists, itself and setuptools included
ABSENT = ("apache_beam", "tensorflow", "tensorflow_datasets", "torch", "pandas", "webdataset")

USE = """
import importlib.util, sys, vladata
found = [name for name in {absent} if importlib.util.find_spec(name)]
assert not found, found
assert vladata.schema("bridge_dataset").control_frequency_hz == 5
assert vladata.recipe("rt2-pali-x").action.bins == 256
vladata.codec, vladata.episodes
dataset = vladata.open("{demo}")
sample = dataset[len(dataset) - 1]
assert sample.prompt.startswith("Q: what action should the robot take to"), sample.fields
assert sample.images["primary"][:2] == b"\\xff\\xd8"
if __name__ == "__main__":
    robot = vladata.convert("{source}", "robot", schema="{schema}", recipe="rt2-pali-x", workers=2)
    web = vladata.convert("{web}/*.tar", "web", corpus="{corpus}", recipe="rt2-pali-x", workers=2)
    for here, made in ((robot, dataset), (web, vladata.open("{pairs}"))):
        assert here.shards == made.manifest.shards, "shards differ that were made with and without Beam"
mixture = vladata.open("{mixture}")
assert {{mixture[i].dataset for i in range(64)}} == {{"tabletop", "blocks"}}
try:
    vladata.beam.ReadEpisodes
except vladata.errors.MissingExtra as fault:
    assert "vladata[beam]" in str(fault), fault
else:
    raise SystemExit("vladata.beam.ReadEpisodes without Beam: no error")
print(f"{{len(dataset)}} samples read, the same made without Beam; {{len(mixture)}} mixed ones")
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        check_data_files(wheel)
        python = install(folder, "--only-binary", ":all:", str(wheel))
        packages = listed(python)
        print(f"{len(packages)} packages: {', '.join(packages)}")
        assert len(packages) <= MOST_PACKAGES, f"more than {MOST_PACKAGES}"
        places = {"demo": DEMO, "pairs": PAIRS, "mixture": MIXTURE, "source": SOURCE, "web": MADE / "web"}
        use = USE.format(absent=ABSENT, schema=SCHEMA, corpus=CORPUS, **places)
        run([python, "-c", use], folder)
        for arguments in (["--help"], ["inspect", str(DEMO)], ["verify", str(DEMO)]):
            run([str(Path(python).with_name("vladata")), *arguments], folder)


def check_data_files(wheel: Path) -> None:
    """Every schema of the repository is in the wheel, inside the package."""
    kinds = ("*.yaml", "*.json")
    files = [file for kind in kinds for file in (ROOT / "schemas").rglob(kind)]
    wanted = {f"vladata/schemas/{file.relative_to(ROOT / 'schemas')}" for file in files} | {
        "vladata/py.typed"
    }
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert wanted <= inside, f"not in the wheel: {sorted(wanted - inside)}"
    stray = [name for name in inside if not name.startswith(("vladata/", "vladata-"))]
    assert not stray, f"outside the package: {stray}"


def listed(python: str) -> list[str]:
    command = [python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return [package["name"] for package in json.loads(found.stdout)]


if __name__ == "__main__":
    main()
