"""The index: a table with one row per episode. Every source file is read once, without decoding pixels.

An index is enough to plan, filter, count and compute exact statistics without the source.

    rows.py        the columns, and the row of one episode
    about.py       facts about a whole episode: success, and its name in other projects
    part.py        one source file -> one part of the index
    image_sizes.py the sizes of the pictures that cameras recorded
    pictures.py    the sizes of an episode's pictures, and the damaged pictures
    cache.py       the folder of parts, and the check that a part is still good
    entries.py     the columns that a plan needs, as arrays
    ledger.py      the ledger: read = written + filtered + rejected
    summary.py     exact statistics in constant memory
    chunk_summary.py  exact statistics of actions at each step of a chunk
    ranks.py       float32 numbers as integers of the same order, and quantiles by ranks
    clipping.py    the number of steps beyond a codec's bounds
"""
