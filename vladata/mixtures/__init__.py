"""Mixtures: converted datasets, trained on together at an exact ratio.

Promise: the order of a mixture is a value, a pure function of (manifests, spec, seed); a virtual mixture is that value and
nothing else, and a materialised one holds the same samples in the same order. May import vladata/runs and below.

    settings.py  a mixture as it was asked for
    tree.py      a spec with its nested sources -> leaves
    shares.py    leaves -> their exact shares
    kept.py      what is kept of a converted web corpus
    fields.py    the fields that all its samples have
    sources.py   a converted dataset as an endless stream of its samples
    epoch.py     when an epoch ends
    ranges.py    which bytes a unit reads, as columns
    order.py     the order of a unit's samples
    batches.py   counts of each source in batches
    endings.py   what the keys of a source end in
    job.py       everything that decides a mixture
    planner.py   the units of a job
    prepare.py   spec -> job and plan
    unit.py      one unit, from source shards to its own
    places.py    where the datasets of a mixture lie
    describe.py  what its manifest says
    run.py       a mixture, begun
    windows.py   the promise of a mixture, held against its index
    virtual.py   the folder of a virtual mixture
    mixture.py   a virtual mixture, opened
    open.py      vladata.open
    rederive.py  a virtual mixture held against its sources
"""
