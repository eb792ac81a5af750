"""The bytes of a remote output: ranges of its shards, from whole shards in the cache or by ranged requests.

The choice is made for each shard. A ranged request costs its bytes plus ROUND_TRIP. When the cost of a shard's ranges reaches its
length, the shard is fetched whole, if the cache has room: so no shard costs more than twice the cheaper way, and a shard of which
little is read is never fetched whole. Shards of a few MB are fetched whole at once.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xxhash

from vladata.errors import ChecksumMismatch, CorruptRecord, VladataError
from vladata.shards.manifest import FileEntry, Manifest, ShardEntry
from vladata.shards.remote.asking import Request, RetryRule, ask
from vladata.shards.remote.cache import CachedFile, FileCache, Filling, kept
from vladata.shards.remote.cache_rule import CacheRule
from vladata.shards.remote.ranges import ByteSpan, cut, joined, pieces
from vladata.shards.remote.soundness import unsound
from vladata.shards.storage import RemoteOutput
from vladata.shards.whole import Buffer, Written

ROUND_TRIP = 4 << 20
"""Bytes that could be transferred while a request waits for its first byte: 4 MiB in 50 ms, at 80 MB a second."""
WINDOW = 32 << 20
"""Bytes of whole files that one call fetches at the same time."""
DAMAGED_FOR = 60.0
"""Seconds for which a shard with a wrong checksum is not fetched again."""
WHOLE_TRIES = 3
WAIT, LOOK = 60.0, 0.1
_VERIFY = "vladata verify names every file that is damaged; copy the dataset there again."

Entry = ShardEntry | FileEntry
Wanted = tuple[int, Sequence[tuple[int, int]]]
"""A shard, by its position in the manifest, and ranges of it: (offset, length), each one whole sample."""


class RemoteBytes:
    """The shards of a remote output. Safe in many threads, after a fork and after pickling."""

    def __init__(
        self, output: RemoteOutput, manifest: Manifest, cache: CacheRule, retry_rule: RetryRule
    ) -> None:
        self._output, self._manifest, self._retry_rule = output, manifest, retry_rule
        self._cache = FileCache(cache)
        self._cost: dict[
            int, int
        ] = {}  # the cost of each shard's ranges so far; threads may lose a count, which does no harm
        self._damaged: dict[str, tuple[float, CorruptRecord]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return RemoteBytes, (self._output, self._manifest, self._cache.rule, self._retry_rule)

    def fetch(self, shard: int, ranges: Sequence[tuple[int, int]]) -> list[Buffer]:
        """Return the bytes of each range of a shard, in the requested order. Raises CorruptRecord if the shard is damaged,
        LoadError if it cannot be read."""
        return self.fetch_many([(shard, ranges)])[0]

    def fetch_many(self, wanted: Sequence[Wanted]) -> list[list[Buffer]]:
        """Return the bytes of ranges of many shards, in the requested order; all requests run at the same time."""
        self._check(wanted)
        found = [self._kept(shard, ranges) for shard, ranges in wanted]
        spans = {at: joined(wanted[at][1]) for at, each in enumerate(found) if each is None}
        due = [at for at in spans if self._cache.rule.size and self._pays(wanted[at][0], spans[at])]
        self._keep(dict.fromkeys(wanted[at][0] for at in due))
        for at in due:
            found[at] = self._kept(*wanted[at])
        left = {at: each for at, each in spans.items() if found[at] is None}
        for at, ranges in self._requested(wanted, left):
            found[at] = ranges
        return [each for each in found if each is not None]

    def copy(self, entry: FileEntry) -> Path | bytes:
        """Return a file of the output other than a shard, compared with the manifest: its path in the cache's folder, or its
        bytes if the folder cannot be written."""
        file, deadline = kept(self._manifest, entry), time.monotonic() + WAIT
        while not self._has(file):
            if self._cache.closed or time.monotonic() > deadline:
                return self._in_memory(entry)
            if (filling := self._cache.begin(file, must=True)) is not None:
                self._fill([(entry, filling)])
            else:
                time.sleep(LOOK)  # another process or thread is fetching it
        return self._cache.root / file.name

    def _has(self, file: CachedFile) -> bool:
        return self._cache.read(file, []) is not None

    def _kept(self, shard: int, ranges: Sequence[tuple[int, int]]) -> list[Buffer] | None:
        entry = self._manifest.shards[shard]
        file = kept(self._manifest, entry)
        if (fault := self._damaged.get(file.name)) and time.monotonic() < fault[0]:
            raise fault[1]
        return self._cache.read(file, ranges)

    def _check(self, wanted: Sequence[Wanted]) -> None:
        """Raise CorruptRecord if a range is not in its shard: the index is damaged."""
        for shard, ranges in wanted:
            entry = self._manifest.shards[shard]
            for offset, length in ranges:
                if not 0 <= offset <= offset + length <= entry.bytes:
                    where = f"{self._output.url}/{entry.path}, bytes {offset:,} to {offset + length:,}"
                    says = "the index places a sample beyond the end of its shard"
                    raise CorruptRecord(says, where=where, allowed=f"{entry.bytes:,} bytes", hint=_VERIFY)

    def _pays(self, shard: int, spans: Sequence[ByteSpan]) -> bool:
        """Return True if the shard should be fetched whole now; else add the cost of its ranges."""
        spent = self._cost.get(shard, 0) + sum(ROUND_TRIP + span.length for span in spans)
        self._cost[shard] = spent
        return spent >= self._manifest.shards[shard].bytes

    def _requested(
        self, wanted: Sequence[Wanted], left: dict[int, list[ByteSpan]]
    ) -> list[tuple[int, list[Buffer]]]:
        """Request the remaining ranges, and return (position in `wanted`, bytes of its ranges)."""
        if not left:
            return []
        owners = [(at, span) for at, spans in left.items() for span in spans]
        shards = [self._manifest.shards[wanted[at][0]] for at, _ in owners]
        requests = [
            Request(shard.path, span.start, span.stop, shard.bytes)
            for shard, (_, span) in zip(shards, owners, strict=True)
        ]

        def check(number: int, data: Buffer) -> str:
            at, span = owners[number]
            return self._unsound(cut([span], [data], wanted[at][1]), span, wanted[at][1])

        answers = ask(self._output, requests, self._retry_rule, check)
        by_shard: dict[int, list[Buffer]] = {at: [] for at in left}
        for (at, _), data in zip(owners, answers, strict=True):
            by_shard[at].append(data)
        return [(at, cut(left[at], data, wanted[at][1])) for at, data in by_shard.items()]

    def _unsound(self, data: Sequence[Buffer], span: ByteSpan, ranges: Sequence[tuple[int, int]]) -> str:
        fmt = self._manifest.format
        assert fmt is not None, "a virtual mixture has no shards"
        faults = ((ranges[number], unsound(data[number], fmt)) for number in span.ranges)
        return next((f"byte {offset:,}: {says}" for (offset, _), says in faults if says), "")

    def _keep(self, shards: Iterable[int]) -> None:
        """Fetch shards into the cache, as far as there is room and no other process is fetching them."""
        group: list[tuple[Entry, Filling]] = []
        try:
            for shard in shards:
                entry = self._manifest.shards[shard]
                filling = self._cache.begin(kept(self._manifest, entry))
                if filling is None:
                    continue
                self._cost[shard] = 0  # counted again if the shard is removed
                group.append((entry, filling))
                if sum(each.bytes for each, _ in group) >= WINDOW:
                    full, group = group, []
                    self._fill(full)
        except BaseException:
            for _, filling in group:
                filling.drop()
            raise
        if group:
            self._fill(group)

    def _fill(self, group: Sequence[tuple[Entry, Filling]]) -> None:
        """Fetch whole files and compare them with their checksums. Raises an error for a file that does not match the manifest
        after repeated requests; a full disk closes the cache."""
        left, came = list(group), dict[str, Written]()
        try:
            for _ in range(WHOLE_TRIES):
                for number, data in self._pieces([entry for entry, _ in left]):
                    left[number][1].write(data)
                other = []
                for entry, filling in left:
                    if (found := filling.finish()) is None:
                        continue
                    if came.get(entry.path) == found:
                        raise self._damage(entry, found)
                    came[entry.path] = found
                    other.append((entry, filling))
                left = other
                if not left:
                    return
            entry, _ = left[0]
            raise self._damage(entry, came[entry.path])
        except OSError as fault:
            self._cache.close(fault)
        finally:
            for _, filling in group:
                filling.drop()

    def _pieces(self, entries: Sequence[Entry]) -> Iterator[tuple[int, Buffer]]:
        """Yield the bytes of whole files, in order, as (position in `entries`, bytes); requests run WINDOW bytes at a time."""
        window: list[tuple[int, Request]] = []
        size = 0
        for number, entry in enumerate(entries):
            for offset, length in pieces(entry.bytes):
                if window and size + length > WINDOW:
                    yield from self._answered(window)
                    window, size = [], 0
                window.append((number, Request(entry.path, offset, offset + length, entry.bytes)))
                size += length
        yield from self._answered(window)

    def _answered(self, window: Sequence[tuple[int, Request]]) -> Iterator[tuple[int, Buffer]]:
        answers = ask(self._output, [request for _, request in window], self._retry_rule)
        return zip((number for number, _ in window), answers, strict=True)

    def _in_memory(self, entry: Entry) -> bytes:
        came: Written | None = None
        for _ in range(WHOLE_TRIES):
            data = b"".join(data for _, data in self._pieces([entry]))
            found = Written(len(data), f"xxh3:{xxhash.xxh3_64_hexdigest(data)}")
            if found == Written(entry.bytes, entry.checksum):
                return data
            if came == found:
                break
            came = found
        raise self._damage(entry, found)

    def _damage(self, entry: Entry, came: Written) -> VladataError:
        """Return the error for a file that does not match the manifest; for a shard it is remembered for a while."""
        where = f"{self._output.url}/{entry.path}"
        says = "the file is damaged: the fetched bytes do not match the manifest"
        slots = {"where": where, "got": came.checksum, "allowed": entry.checksum, "hint": _VERIFY}
        if isinstance(entry, FileEntry):
            return ChecksumMismatch(says, **slots)
        fault = CorruptRecord(says, **slots)
        self._damaged[kept(self._manifest, entry).name] = time.monotonic() + DAMAGED_FOR, fault
        return fault
