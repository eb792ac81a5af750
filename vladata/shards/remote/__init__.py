"""Shards at URLs: ranges that are joined, checked and asked for again, and whole shards kept on this machine.

Promise: bytes of the length that was asked for, of a cached shard under its checksum, or an error that names the URL.

    asking.py       requests, made again where the answer is none
    cache.py        whole shards of remote outputs on this machine
    cache_rule.py   where cached shards lie, and how many bytes they may take
    ranges.py       byte ranges joined to few requests
    remote_bytes.py the shards of a remote output: from the cache, or by ranged requests
    soundness.py    whether bytes can be one whole sample
"""
