"""manifest.json: what an output is. Written last; a folder without one is not a dataset.

format_version   3 (1 had no kind, 2 had prompts in the contract)
kind             robot, web or mixture
name, created_by the dataset's name; {name, version} of what wrote it (no clock, no host: equal runs, equal bytes)
source           {name, version, split, limit}
schema, recipe   in full; chain: the action chain that was used; every: recorded steps that a sample's action stands for
keep_ranges, errata  SHA-256 of the files that were given to choose and correct episodes; "" where none was
cameras          in the order of a sample's members; image_kinds: camera -> what its images are, ["jpg"]
partly           of a web corpus and a mixture: the cameras that not every sample has
format, order, seed, samples_per_shard, memory
splits           {split: {shards, samples}}
shards           [{split, path, samples, bytes, checksum}], in order; index.arrow counts them from 0
files            [{path, bytes, checksum}] of everything else
ledger           {episodes, steps, reasons}: read = written + filtered + rejected; of a web corpus {records, pairs, reasons}, of
                 a mixture {samples, turns, reasons}
statistics       {action, state} of the steps that the plan writes; those whose image then does not decode are among them
contract         the action contract, with its digest
prompts          {prompt, target, instruction, digest}: the words of samples, which no contract holds
contracts        of a mixture in place of the last three: {digest: {contract, statistics, prompts}}, of prompts a list
digest           SHA-256 of the canonical JSON of all the rest
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from vladata import keys
from vladata.errors import ChecksumMismatch, NotADataset
from vladata.shards.naming import MANIFEST
from vladata.shards.storage import Output

FORMAT_VERSION = 3
DIGEST = "digest"
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY


def write_manifest(output: Output, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Stamps the manifest with its digest and writes it, durably."""
    plain = orjson.loads(orjson.dumps(manifest, option=PRETTY))
    stamped = {**plain, DIGEST: keys.digest(plain)}
    output.write(MANIFEST, [text_of(stamped)], durable=True)
    return stamped


def text_of(manifest: Mapping[str, Any]) -> bytes:
    """The file's bytes; of a manifest that was read, those that were written."""
    return orjson.dumps(manifest, option=PRETTY) + b"\n"


def read_manifest(output: Output) -> dict[str, Any]:
    """The manifest, its digest checked."""
    data = output.read(MANIFEST)
    where = f"{output.url}/{MANIFEST}"
    if data is None:
        raise NotADataset(
            "there is no manifest.json, so this is no dataset of vladata",
            where=output.url,
            hint="A conversion that was stopped leaves none: run the same command again, and it goes on.",
        )
    try:
        manifest = orjson.loads(data)
        rest = {name: value for name, value in manifest.items() if name != DIGEST}
    except (orjson.JSONDecodeError, AttributeError):
        raise ChecksumMismatch("the manifest is damaged: it is no JSON object", where=where) from None
    if manifest.get("format_version") != FORMAT_VERSION:
        raise NotADataset(
            "the manifest is of another format version",
            where=where,
            got=manifest.get("format_version"),
            allowed=str(FORMAT_VERSION),
            hint="Use the version of vladata that wrote it, or convert again.",
        )
    if manifest.get(DIGEST) != keys.digest(rest):
        raise ChecksumMismatch(
            "the manifest is damaged: its digest does not match",
            where=where,
            got=manifest.get(DIGEST),
            allowed=keys.digest(rest),
            hint="Fetch it again from where the dataset came from, or convert again.",
        )
    return dict(manifest)


def files_of(manifest: Mapping[str, Any]) -> list[str]:
    """Every file that the manifest vouches for."""
    return [entry["path"] for entry in (*manifest["shards"], *manifest["files"])]


def contracts_of(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Digest -> action contract: one of a robot dataset, those of its sources of a mixture, none of a web corpus."""
    if manifest["kind"] == "robot":
        return {manifest["contract"]["digest"]: manifest["contract"]}
    return {digest: each["contract"] for digest, each in manifest.get("contracts", {}).items()}


def statistics_of(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Digest of a contract -> {action, state}, the statistics that belong to it."""
    if manifest["kind"] == "robot":
        return {manifest["contract"]["digest"]: manifest["statistics"]}
    return {digest: each["statistics"] for digest, each in manifest.get("contracts", {}).items()}


def prompts_of(manifest: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Digest of a contract -> the words of the samples that are spelled by it: several where a mixture's sources differ."""
    if manifest["kind"] == "robot":
        return {manifest["contract"]["digest"]: [manifest["prompts"]]}
    return {digest: each["prompts"] for digest, each in manifest.get("contracts", {}).items()}


def cameras_of(manifests: Iterable[Mapping[str, Any]]) -> list[str]:
    """The cameras of several datasets, in the order in which they appear."""
    return list(dict.fromkeys(camera for manifest in manifests for camera in manifest["cameras"]))
