"""Mixtures: converted datasets that are trained on together at an exact ratio.

Promise: the order of a mixture depends on nothing but the manifests, the spec and the seed. A virtual mixture stores that order
only; a materialised one holds the same samples in the same order.

    settings.py  the settings of a mixture
    tree.py      a spec with its nested sources -> leaves
    shares.py    leaves -> their exact shares
    kept.py      the filters of a converted web corpus
    fields.py    the fields that all samples of a mixture have
    sources.py   a converted dataset as an endless stream of its samples
    epoch.py     the end of an epoch
    ranges.py    the bytes that a unit reads, as columns
    order.py     the order of a unit's samples
    contracts.py the action contracts of the sources, compared
    batches.py   counts of each source in batches
    endings.py   the endings of a source's keys
    job.py       all settings that decide a mixture
    planner.py   the units of a job
    prepare.py   settings -> job and plan
    unit.py      one unit, from the shards of sources to those of the mixture
    places.py    the folders of the datasets of a mixture
    describe.py  the manifest of a mixture
    run.py       the start of writing a mixture
    windows.py   a check of the ratio in every window, from the index
    virtual.py   the folder of a virtual mixture
    mixture.py   a virtual mixture, opened
    open.py      vladata.open
    rederive.py  a check that the sources of a virtual mixture are unchanged
"""
