"""Small converted datasets, and mixtures of them in this process: a plain loop over the units, no Beam and no command line.

web(folder, name, count)      a corpus of captions, written as tars by webdataset's ShardWriter, and converted
mixture(sources, **more)      a spec of sources (name -> weight, or what else there is to say of it)
mix(spec, out, places, ...)   its shards; `virtual` writes it as a virtual one
tar_samples(out)              (key, JSON) of every sample, in the order of the shards, read with tarfile alone
"""

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import webdataset

from tests.corpora.made import jpeg, png
from vladata.mixtures.run import begin
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.virtual import write_virtual
from vladata.spec import find
from vladata.spec.corpus import CorpusSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.read import validate
from vladata.web.run import begin as begin_web
from vladata.web.settings import WebSettings

CAPTIONS = """layout: webdataset
image: {data: [jpg, png]}
pairs: [{task: caption, text: txt}, {task: vqa, question: json.question, answers: json.answers}]
"""
SIZE = (24, 32)


def web(
    folder: Path, name: str, count: int, size: tuple[int, int] = SIZE, first: int = 0, **settings: Any
) -> Path:
    """`count` records, each with a caption; every third is a PNG, every fourth has a question too. The output's folder."""
    tars = folder / "tars"
    tars.mkdir(parents=True)
    with webdataset.ShardWriter(f"{tars}/%05d.tar", maxcount=50, verbose=0) as writer:
        for n in range(first, first + count):
            writer.write(record(n, size))
    spec = validate(CorpusSpec, f"name: {name}\n{CAPTIONS}", "mine.yaml")
    return converted(spec, [tars], folder / "out", **settings)


def record(n: int, size: tuple[int, int]) -> dict[str, Any]:
    image = {"png": png(n, *size)} if n % 3 == 2 else {"jpg": jpeg(n, *size)}
    made = {"__key__": f"{n:06d}", **image, "txt": f"caption {n}"}
    asked = {"question": f"What is {n}?", "answers": f"number {n}"} if n % 4 == 1 else {}
    return {**made, "json": asked}


def converted(spec: CorpusSpec, sources: list[Path], out: Path, **settings: Any) -> Path:
    given = {"samples_per_shard": 10, **settings}
    rules = find.recipe("rt2-pali-x")
    with begin_web(WebSettings(tuple(map(str, sources)), str(out), spec, rules, **given)) as run:
        run.convert_here()
        run.commit()
    return out


def mixture(sources: Mapping[str, Any], **more: Any) -> MixtureSpec:
    plain = {"name": "mixed", "weights": "shares", "sources": sources, **more}
    return validate(MixtureSpec, json.dumps(plain), "mine.yaml")


def settings(spec: MixtureSpec, out: Path, places: Mapping[str, Path], **more: Any) -> MixSettings:
    return MixSettings(spec, str(out), {name: str(place) for name, place in places.items()}, **more)


def mix(
    spec: MixtureSpec, out: Path, places: Mapping[str, Path], overwrite: bool = False, **more: Any
) -> dict[str, Any]:
    """Writes the shards; the manifest."""
    with begin(settings(spec, out, places, **more), overwrite) as run:
        run.convert_here()
        return run.commit().as_json()


def virtual(
    spec: MixtureSpec, out: Path, places: Mapping[str, Path], overwrite: bool = False, **more: Any
) -> dict[str, Any]:
    """Writes it as a virtual mixture; the manifest."""
    return write_virtual(settings(spec, out, places, **more), overwrite)[1].as_json()


def tar_samples(out: Path, split: str = "train") -> Iterator[tuple[str, dict[str, Any]]]:
    for shard in sorted((out / split).glob("*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                key, _, ending = member.name.partition(".")
                if ending == "json":
                    yield key, json.load(archive.extractfile(member))
