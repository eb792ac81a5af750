"""Which sample comes at which position: orders of datasets and mixtures, the parts of ranks, and the place that can be kept.

Promise: pure functions of whole numbers, with no list of all samples; a seek takes as long at position 10^12 as at 0.

    bijection.py the shuffle of a pass over a source
    dealing.py   the order of a mixture: exact shares in every global batch
    in_blocks.py places of many positions found at once
    episodes.py  the order of whole episodes, in lanes
    cuts.py      an epoch cut into global batches, and those into the parts of ranks
    cursor.py    where training stands, as JSON
    identity.py  what decides an order
    chosen.py    which samples of an output are loaded
    rows.py      rows of a sequence of samples, read as columns
    weighing.py  the shares of a mixture's sources at load
    parted.py    the samples of each source among those of all, by number
    pointed.py   a virtual mixture, loaded
    regrouped.py a materialised mixture or part of one, loaded
    store.py     what is loaded, opened: its order, and the samples at places of it
"""
