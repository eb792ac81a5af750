"""The episode table: every source file read once, no pixel decoded, one row an episode.

Promise: what is in an index is enough to plan, filter, count and take exact statistics without the source. May import
layers 0 to 2, vladata/formats, sources and shards/storage.

    rows.py        the columns, and the row of one episode
    about.py       what a row says beside the steps: success, and an episode's name elsewhere
    part.py        one source file -> one Parquet part
    image_sizes.py the sizes that cameras recorded
    pictures.py    the sizes of an episode's pictures, and which of them are none
    cache.py       where parts are kept, and when one is still good
    entries.py     the columns that a plan needs, as arrays
    ledger.py      read = written + filtered + rejected
    summary.py     exact statistics in constant memory; chunk_summary.py at each step of a chunk; ranks.py orders float32
    clipping.py    how many steps lie beyond a codec's bounds
"""
