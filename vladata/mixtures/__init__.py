"""Mixtures: converted datasets that are trained on together at an exact ratio.

Promise: the order of a mixture depends on nothing but the manifests, the spec and the seed. A virtual mixture stores that order
only; a materialised one holds the same samples in the same order. May import vladata/runs and below.

    settings.py  a mixture as it was asked for
    tree.py      a spec with its nested sources -> leaves
    shares.py    leaves -> their exact shares
    kept.py      the filters of a converted web corpus
    fields.py    the fields that all its samples have
    sources.py   a converted dataset as an endless stream of its samples
    epoch.py     when an epoch ends
    ranges.py    the bytes that a unit reads, as columns
    order.py     the order of a unit's samples
    contracts.py the action contracts of the sources, compared
    batches.py   counts of each source in batches
    endings.py   the endings of a source's keys
    job.py       everything that decides a mixture
    planner.py   the units of a job
    prepare.py   spec -> job and plan
    unit.py      one unit, from source shards to its own
    places.py    the folders of the datasets of a mixture
    describe.py  the content of its manifest
    run.py       the start of a mixture
    windows.py   a check of the ratio in every window, from the index
    virtual.py   the folder of a virtual mixture
    mixture.py   a virtual mixture, opened
    open.py      vladata.open
    rederive.py  a check that the sources of a virtual mixture are unchanged
"""
