"""manifest.json as a value: the description of an output. It is written last; a folder without one is not a dataset.

The entries are the attributes of Manifest, with those of its part (parts.py) after `created_by`. A manifest in a form that this
version does not write is refused; a manifest that was read gives the same bytes again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson

from vladata import keys, notebook
from vladata.errors import ChecksumMismatch, NotADataset
from vladata.fields import Field, from_spelled
from vladata.shards.counts import check_ledger
from vladata.shards.naming import MANIFEST, Format
from vladata.shards.not_an_output import way_on
from vladata.shards.parts import PARTS, Data, EpisodesPart, Part
from vladata.shards.storage import Output
from vladata.shards.typed_json import Unlike, from_data, names_of, to_data
from vladata.sizes import human

# 1 had no kind, 2 did not name its fields, and had prompts in the action contract, 3 had no windows.
FORMAT_VERSION = 4
DIGEST, PART = "digest", "part"
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class CreatedBy:
    """The program that wrote the output: no clock, no host, so that equal runs give equal bytes."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """Shards and samples of a split."""

    shards: int
    samples: int


@dataclass(frozen=True, slots=True)
class ShardEntry:
    """A shard. path: relative to the output.   checksum: "xxh3:" and 16 hexadecimal digits."""

    split: str
    path: str
    samples: int
    bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file other than a shard."""

    path: str
    bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of an output.

    kind:        "robot", "episodes", "web" or "mixture"; part: the entries of this kind about the data behind the samples.
    fields:      the fields of every sample, name -> kind (vladata/fields.py).
    cameras:     in the order of a sample's members; partly: the cameras that not every sample has.
    image_kinds: camera -> kinds of its images, ["jpg"].
    format:      None for a virtual mixture, which has no shards.
    samples_per_shard: the most samples of a shard.
    memory:      bytes that a unit was allowed to hold.
    shards:      in order; index.arrow numbers them from 0.
    files:       all other files except the manifest.
    ledger:      {episodes, steps, samples, reasons}: read = written + filtered + rejected, samples by task (counts.py); for a web
                 corpus {records, pairs, reasons}, for a mixture {samples, turns, reasons}.
    digest:      SHA-256 of the canonical JSON of all other entries; "" before it is written.
    """

    format_version: int
    kind: str
    name: str
    created_by: CreatedBy
    part: Part
    fields: Mapping[str, Any]
    cameras: tuple[str, ...]
    partly: tuple[str, ...]
    image_kinds: Mapping[str, tuple[str, ...]]
    format: Format | None
    order: str
    seed: int
    samples_per_shard: int
    memory: int
    splits: Mapping[str, SplitCounts]
    shards: tuple[ShardEntry, ...]
    ledger: Mapping[str, Data]
    files: tuple[FileEntry, ...] = ()
    digest: str = ""

    @property
    def samples(self) -> int:
        """The number of samples of all splits."""
        return sum(counts.samples for counts in self.splits.values())

    @property
    def bytes(self) -> int:
        """The number of bytes of all shards."""
        return sum(shard.bytes for shard in self.shards)

    @property
    def declared(self) -> tuple[Field[Any], ...]:
        """The fields of its samples, as they were declared."""
        return from_spelled(self.fields)

    @property
    def contracts(self) -> dict[str, Data]:
        """Digest -> action contract: one for a robot dataset, those of its sources for a mixture, none for a web corpus."""
        return {digest: each.contract for digest, each in self.part.contracted.items()}

    @property
    def statistics(self) -> dict[str, Data]:
        """Digest of a contract -> {action, state}, the statistics that belong to it."""
        return {digest: each.statistics for digest, each in self.part.contracted.items()}

    @property
    def entries(self) -> tuple[ShardEntry | FileEntry, ...]:
        """The entries of all files whose checksum is in the manifest."""
        return (*self.shards, *self.files)

    def __repr__(self) -> str:
        name, digest = notebook.cut(self.name), self.digest[:12]
        return f"<Manifest of {name}: {self.told()}, digest {digest or 'not yet known'}>"

    def _repr_html_(self) -> str:
        """Return the manifest as notebooks show it: one line per entry."""
        rows = [(name, notebook.cell(value)) for name, value in self.as_json().items()]
        return notebook.table(f"Manifest of {self.name}", rows)

    def told(self) -> str:
        """Return one line about the content of the output: samples by split, shards, bytes, format."""
        what = "steps" if self.kind == EpisodesPart.KIND else "samples"
        splits = notebook.listed(f"{name} {counts.samples:,}" for name, counts in self.splits.items())
        count = f"{len(self.shards):,} shard{'' if len(self.shards) == 1 else 's'}"
        shards = f"{count}, {human(self.bytes)}, {self.format}" if self.format else "virtual"
        return f"kind {self.kind}, {self.samples:,} {what} ({splits}), {shards}"

    def of(self, part: type[P]) -> P:
        """Return its part as the class `part`, for a caller that knows the kind."""
        assert isinstance(self.part, part), f"the manifest is of kind {self.kind}"
        return self.part

    def __getitem__(self, name: str) -> Any:
        """Return an entry of manifest.json or of its part: manifest["contract"]. Raises KeyError for an unknown entry."""
        return self.as_json()[name]

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as the JSON data of manifest.json."""
        plain: dict[str, Any] = {}
        for name, value in to_data(self).items():
            plain |= value if name == PART else {name: value}
        return plain


def write_manifest(output: Output, manifest: Manifest) -> Manifest:
    """Write the manifest with its digest, durably, and return it."""
    plain = orjson.loads(orjson.dumps(manifest.as_json(), option=PRETTY))
    del plain[DIGEST]
    stamped = replace(manifest_of(plain | {DIGEST: ""}), digest=keys.digest(plain))
    output.write(MANIFEST, [text_of(stamped)], durable=True)
    return stamped


def text_of(manifest: Manifest) -> bytes:
    """Return the bytes of the file; for a manifest that was read, the bytes that were written."""
    return orjson.dumps(manifest.as_json(), option=PRETTY) + b"\n"


def read_manifest(output: Output) -> Manifest:
    """Return the manifest after checking its digest. Raises NotADataset if there is none of this version, ChecksumMismatch if it
    is damaged."""
    data = output.read(MANIFEST)
    where = f"{output.url}/{MANIFEST}"
    if data is None:
        raise NotADataset(
            "there is no manifest.json, so this is not an output of vladata",
            where=output.url,
            hint=way_on(output),
        )
    try:
        plain = orjson.loads(data)
        rest = {name: value for name, value in plain.items() if name != DIGEST}
    except (orjson.JSONDecodeError, AttributeError):
        raise ChecksumMismatch("the manifest is damaged: it is not a JSON object", where=where) from None
    if plain.get("format_version") != FORMAT_VERSION:
        raise NotADataset(
            "the manifest has another format version",
            where=where,
            got=plain.get("format_version"),
            allowed=str(FORMAT_VERSION),
            hint="Use the version of vladata that wrote it, or convert again.",
        )
    if plain.get(DIGEST) != keys.digest(rest):
        raise ChecksumMismatch(
            "the manifest is damaged: its digest does not match",
            where=where,
            got=plain.get(DIGEST),
            allowed=keys.digest(rest),
            hint="Fetch it again from where the dataset came from, or convert again.",
        )
    try:
        return manifest_of(plain)
    except Unlike as fault:
        raise NotADataset(
            f"the manifest is undamaged, but this version of vladata does not write such manifests: {fault}",
            where=where,
            hint="Use the version of vladata that wrote it, or convert again.",
        ) from None


def manifest_of(plain: Mapping[str, Any]) -> Manifest:
    """Return the manifest from JSON data. Raises Unlike if the data is not a manifest."""
    kind = plain.get("kind")
    part = PARTS.get(kind) if isinstance(kind, str) else None
    if part is None:
        raise Unlike("kind", f"expected one of {', '.join(PARTS)}, got {kind!r:.64}")
    of_part = {name: plain[name] for name in names_of(part) if name in plain}
    shared = {name: value for name, value in plain.items() if name not in of_part}
    read = from_data(Manifest, shared, part=from_data(part, of_part))
    try:
        _ = read.declared
    except (KeyError, TypeError) as fault:
        raise Unlike("fields", f"unknown kind {fault}") from None
    check_ledger(read.ledger)
    return read


def splits_of(shards: Iterable[ShardEntry]) -> dict[str, SplitCounts]:
    """Return the counts of the splits, in the order in which they appear."""
    found: dict[str, SplitCounts] = {}
    for shard in shards:
        counts = found.get(shard.split, SplitCounts(0, 0))
        found[shard.split] = SplitCounts(counts.shards + 1, counts.samples + shard.samples)
    return found


def cameras_of(manifests: Iterable[Manifest]) -> list[str]:
    """Return the cameras of several datasets, in the order in which they appear."""
    return list(dict.fromkeys(camera for manifest in manifests for camera in manifest.cameras))
