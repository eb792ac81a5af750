"""Shards at URLs: ranges that are joined, checked and requested again on errors, and whole shards kept on this machine.

Promise: bytes of the requested length, of a cached shard after a check of its checksum, or an error that names the URL.

    asking.py       requests, repeated if the answer is missing or wrong
    cache.py        whole shards of remote outputs on this machine
    cache_rule.py   the folder of cached shards, and the bytes that they may take
    ranges.py       byte ranges joined into few requests
    remote_bytes.py the shards of a remote output: from the cache, or by ranged requests
    soundness.py    a check that bytes can be one whole sample
"""
