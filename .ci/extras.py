"""Each extra alone: the wheel with it in a fresh environment, and there the commands and programs of its page of docs.

Two extras where the page says that it needs both.

    python .ci/extras.py [EXTRA...]     all without a name; needs a package index, and the development environment with torch

This environment makes the small data and the small models, and runs the servers; the fresh one has the wheel, one extra and
nothing of the repository. torch is held to the version that CI takes, which is a CPU build.
"""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fresh import ROOT, build, install

sys.path.insert(0, str(ROOT))

from extras_data import SERVERS, put

from tests.docs_pages import CODES, PAGES, Page
from tests.test_docs_commands import filled, pages, reason

CONVERT = "vladata convert rlds2vla bridge_dataset/1.0.0 out/here --schema bridge_dataset --recipe rt2-pali-x"
PAIRS = "vladata convert web2vla laion/*.tar out/pairs --schema laion --recipe rt2-pali-x"
TABLETOP = "out/demo/rlds/tabletop/1.0.0 --schema docs/demo/tabletop.yaml"
ANNOTATE = f"vladata annotate {TABLETOP} --out said.jsonl --hf ./vlm --limit 1 --max-tokens 4"
NONSENSE = 3  # the answer of a random model is not JSON, and the command says so
SHARED = "vladata/consumer/evaluation/adapters"


@dataclass(frozen=True)
class Trial:
    """A trial of an extra: commands and programs, and what they need.

    page:     its page of docs: its commands run, but those that docs_pages.UNRUN names, and its Python too.
    given:    the small data or models that lie in the folder at first, besides those that docs_pages.PAGES gives the page.
    commands: commands that the page says in words.
    server:   the name of a server that runs meanwhile.
    """

    page: str = ""
    given: str = ""
    commands: tuple[str, ...] = ()
    server: str = ""


TRIALS = {
    "beam": Trial("pipelines", "out/demo", (f"{CONVERT} --workers 2",)),
    "tf": Trial(given="bridge_dataset/1.0.0", commands=(f"{CONVERT} --reader tfds",)),
    "hdf5": Trial("hdf5"),
    "gcp": Trial("remote", "out/demo", ("vladata inspect gs://bucket/vla", "vladata verify gs://bucket/vla"), "gs"),
    "s3": Trial("remote", "out/demo", ("vladata inspect s3://bucket/vla", "vladata verify s3://bucket/vla"), "s3"),
    "http": Trial("remote", "out/demo", ("vladata inspect URL/vla", "vladata verify URL/vla"), "http"),
    "video": Trial("lerobot"),
    "similarity": Trial(given="laion clip", commands=(f"{PAIRS} --similarity-model ./clip --keep similarity=50%",)),
    "vocab": Trial("vocabularies"),
    "annotate": Trial(given="out/demo vlm", commands=(ANNOTATE,)),
    "torch": Trial("torch", "out/demo"),
    "train": Trial("training"),
    "serve": Trial(given="out/demo", server="policy", commands=("python ask.py",)),
    "eval": Trial(commands=("vladata eval tabletop-experts --out out/experts", "vladata eval babyai-experts --out out/rooms")),
    "eval,tf": Trial("evaluation"),
    "metaworld": Trial(commands=("vladata eval metaworld-experts --trials 1 --set films=0 --out out/metaworld",)),
}  # fmt: skip


def main() -> None:
    names = sys.argv[1:] or list(TRIALS)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        (made / "docs").symlink_to(ROOT / "docs")
        wheel = build(Path(scratch))
        for name in names:
            folder = Path(scratch) / name
            folder.mkdir()
            start = time.monotonic()
            (folder / "torch.txt").write_text("torch==2.13.0\n")
            python = install(folder, "--constraint", str(folder / "torch.txt"), f"{wheel}[{name}]")
            count = tried(TRIALS[name], folder, made, Path(python))
            print(f"{name}: {count} commands and programs in {time.monotonic() - start:.0f} s", flush=True)
            shutil.rmtree(folder)


def tried(trial: Trial, folder: Path, made: Path, python: Path) -> int:
    """Run what the trial says in a folder that holds its data; return the number of runs."""
    page = PAGES.get(trial.page, Page())
    for name in dict.fromkeys(f"{page.given} {trial.given}".split()):
        put(name, made, folder)
    if not (folder / "docs").exists():
        (folder / "docs").symlink_to(ROOT / "docs")
    environment = {**os.environ, "VLADATA_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)
    serving = SERVERS[trial.server](folder) if trial.server else contextlib.nullcontext({})
    with serving as variables:
        environment |= variables
        runs = list(runs_of(trial, page, python))
        for command, code in runs:
            words = [word.replace("URL", variables.get("URL", "URL")) for word in command]
            place = beside(folder, page) if words[1] == "-c" else folder
            done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True)
            if done.returncode != code:
                sys.exit(
                    f"{shlex.join(words)}\nexit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
                )
    return len(runs)


def beside(folder: Path, page: Page) -> Path:
    """Return a folder for the programs of a page: it has what the commands wrote, but not the data, which a program may make."""
    place = folder / "programs"
    place.mkdir(exist_ok=True)
    given = {name.partition("/")[0] for name in page.given.split()} - {"out"}
    for entry in folder.iterdir():
        if entry.name not in given | {"programs", "venv"} and not (place / entry.name).exists():
            (place / entry.name).symlink_to(entry)
    return place


def runs_of(trial: Trial, page: Page, python: Path) -> Iterator[tuple[list[str], int]]:
    """Yield each command as it is run with that Python, and its exit code."""
    adapters = next(python.parent.parent.glob("lib/python*/site-packages")) / SHARED
    said = [text for text in pages().get(trial.page, ()) if not reason(trial.page, text)]
    for text in (*said, *trial.commands):
        if text.startswith("ADAPTERS="):
            continue
        command = filled(text, page).replace("$ADAPTERS", str(adapters))
        first, *rest = shlex.split(command)
        program = python if first == "python" else python.with_name(first)
        yield [str(program), *rest], CODES.get(f"{trial.page}: {text}", NONSENSE if text == ANNOTATE else 0)
    if trial.page:
        for block in re.findall(
            r"```python\n(.*?)```", (ROOT / f"docs/{trial.page}.md").read_text(), re.DOTALL
        ):
            yield [str(python), "-c", block], 0


if __name__ == "__main__":
    main()
