"""The episode table: every source file is read once, no pixel is decoded, one row per episode.

Promise: an index is enough to plan, filter, count and take exact statistics without the source. May import layers 0 to 2,
vladata/formats, sources and shards/storage.

    rows.py        the columns, and the row of one episode
    about.py       facts about an episode beside its steps: success, and its name in other projects
    part.py        one source file -> one Parquet part
    image_sizes.py the sizes that cameras recorded
    pictures.py    the sizes of an episode's pictures, and the broken ones
    cache.py       the folder of parts, and the check that a part is still good
    entries.py     the columns that a plan needs, as arrays
    ledger.py      read = written + filtered + rejected
    summary.py     exact statistics in constant memory; chunk_summary.py at each step of a chunk; ranks.py orders float32
    clipping.py    the number of steps beyond a codec's bounds
"""
