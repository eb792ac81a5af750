"""Web conversions for the tests, and a reading of the same corpus that knows nothing of vladata.

shards(folder, count)          tars by webdataset's own writer: KEY.jpg, KEY.txt, KEY.json
plain(folder)                  what stands in such tars, by Python's tarfile
convert(sources, out, ...)     a conversion in this process: a plain loop
"""

import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import webdataset

import vladata
from tests.corpora.made import jpeg, png
from vladata.records import Sample
from vladata.spec import find
from vladata.spec.corpus import CorpusSpec
from vladata.spec.read import validate_data
from vladata.spec.recipe import RecipeSpec
from vladata.spec.web import WebRule
from vladata.web.run import begin
from vladata.web.settings import WebSettings

TARS = find.corpus("cc3m")


def shards(folder: Path, count: int, per_shard: int = 10, first: int = 0) -> Path:
    """A corpus of `count` pairs; every seventh image is a PNG, and image `first + i` belongs to caption `first + i`."""
    folder.mkdir(parents=True, exist_ok=True)
    with webdataset.ShardWriter(str(folder / "%05d.tar"), maxcount=per_shard, verbose=0) as writer:
        for i in range(first, first + count):
            image = {"png": png(i)} if i % 7 == 0 else {"jpg": jpeg(i)}
            known = {"caption": f"caption {i}", "key": f"{i:09d}", "status": "success"}
            writer.write({"__key__": f"{i:09d}", **image, "txt": f"caption {i}", "json": json.dumps(known)})
    return folder


def plain(folder: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """(tar, record) -> its members by their suffix, with the place of its image's bytes."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for shard, path in enumerate(sorted(folder.glob("*.tar"))):
        keys: list[str] = []
        with tarfile.open(path) as archive:
            for member in archive:
                key, _, suffix = member.name.partition(".")
                if key not in keys:
                    keys.append(key)
                entry = found.setdefault((shard, keys.index(key)), {"key": key})
                opened = archive.extractfile(member)
                assert opened is not None
                entry[suffix] = opened.read()
                if suffix in ("jpg", "png"):
                    place = {"file": path.name, "offset": member.offset_data, "length": member.size}
                    entry |= {"image": entry[suffix], "place": place}
    return found


def recipe(web: Mapping[str, Any] | None = None, **images: Any) -> RecipeSpec:
    """rt2-pali-x with other words, other filters (`web`) or other images."""
    found = find.recipe("rt2-pali-x")
    rule = validate_data(WebRule, {**found.web.model_dump(exclude_none=True), **(web or {})}, "the test")
    return found.model_copy(update={"web": rule, "images": found.images.model_copy(update=images)})


def settings(
    sources: Path | str | Sequence[Path | str], out: Path | str, corpus: str | CorpusSpec = TARS, **rest: Any
) -> WebSettings:
    given = [sources] if isinstance(sources, Path | str) else sources
    named = find.corpus(corpus) if isinstance(corpus, str) else corpus
    options = {"recipe": recipe(), **rest}
    return WebSettings(tuple(map(str, given)), str(out), named, **options)


def convert(
    sources: Path | str | Sequence[Path | str], out: Path | str, corpus: str | CorpusSpec = TARS, **rest: Any
) -> dict[str, Any]:
    """The manifest of a conversion of `sources`."""
    with begin(settings(sources, out, corpus, **rest)) as run:
        run.convert_here()
        return run.commit().as_json()


def samples(out: Path | str) -> list[Sample]:
    """All samples in the order of the corpus; each is read through the index."""
    return sorted(vladata.open(str(out)), key=lambda sample: sample.key)


def said(out: Path | str) -> list[tuple[str, str]]:
    """(prompt, target) of all samples in the order of the corpus."""
    return [(sample.fields["prompt"], sample.fields["target"]) for sample in samples(out)]


def rejected(out: Path) -> list[dict[str, Any]]:
    """The lines of rejected.jsonl."""
    return [orjson.loads(line) for line in (out / "rejected.jsonl").read_bytes().splitlines()]


def counts(manifest: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """(read, written, filtered, rejected) of records and pairs, and (records, pairs) of each reason."""
    found = manifest["ledger"]
    names = ("read", "written", "filtered", "rejected")
    both = {unit: tuple(found[unit][name] for name in names) for unit in ("records", "pairs")}
    for read, written, filtered, refused in both.values():
        assert read == written + filtered + refused
    reasons = {name: (entry["records"], entry["pairs"]) for name, entry in found["reasons"].items()}
    return both | reasons
