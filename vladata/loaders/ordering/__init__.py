"""Orders of samples: of datasets and mixtures, the parts of ranks, and the place that can be saved.

Promise: pure functions of whole numbers, without a list of all samples; a seek takes as long at position 10^12 as at 0.

    bijection.py the shuffle of a pass over a source
    dealing.py   the order of a mixture: exact shares in every global batch
    in_blocks.py places of many positions found at once
    episodes.py  the order of whole episodes, in lanes
    cuts.py      an epoch cut into global batches, and global batches into the parts of ranks
    cursor.py    the place of a training run, as JSON
    identity.py  the settings that decide an order
    chosen.py    the samples of an output that are loaded
    rows.py      rows of a sequence of samples, read as columns
    weighing.py  the shares of a mixture's sources at load
    parted.py    the samples of each source among all samples, by number
    pointed.py   a virtual mixture, loaded
    regrouped.py a materialised mixture, or a part of any mixture, loaded
    store.py     opened data: its order, and the samples at places of it
"""
