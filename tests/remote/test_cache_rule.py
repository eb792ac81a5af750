"""What users may say of a cache, and what is refused."""

import os

import pytest

from vladata.errors import UsageError
from vladata.shards.remote.cache_rule import CacheRule, cache_rule


@pytest.mark.parametrize(
    ("given", "size"), [(None, 0), (0, 0), (5, 5), ("20GB", 20 * 10**9), ({"size": "1MiB"}, 1 << 20)], ids=str
)
def test_sizes(given, size, cache):
    assert cache_rule(given) == CacheRule(str(cache), size)


def test_a_folder_of_ones_own(tmp_path):
    assert cache_rule({"folder": tmp_path, "size": 7}) == CacheRule(str(tmp_path), 7)
    rule = cache_rule({"folder": "near", "size": 7})
    assert rule == CacheRule(os.path.abspath("near"), 7) == cache_rule(rule)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            "20 apples",
            r'cache: "20 apples" is not a size; write 256MB or 1\.5GiB; allowed: "20GB"',
        ),
        (-1, r"this is no size of a cache; got -1; allowed: \"20GB\", a number of bytes, or"),
        (True, r"this is no size of a cache; got True"),
        (1.5, r"this is no size of a cache; got 1\.5"),
        ({"folder": "x"}, r"a cache needs a size; got"),
        ({"size": 1, "path": "x"}, r"unknown setting of a cache; got 'path'; allowed: folder, size"),
        ({"size": 1, "folder": "s3://b/c"}, r"a cache lies in a folder of this machine; got 's3://b/c'"),
    ],
    ids=str,
)
def test_what_is_no_cache(given, says):
    with pytest.raises(UsageError, match=says):
        cache_rule(given)
