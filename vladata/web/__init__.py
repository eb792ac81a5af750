"""Web corpora become samples: the index, filters, plan, units and commit of `vladata convert web2vla`.

Promise: the bytes are the same on any runner, and after any number of killed workers. vladata/runs has the receipts and commit.

    settings.py  the settings of a conversion
    sources.py   the opened corpus, its index, and the images of other outputs
    indexed.py   the indexed corpus: all its files, or those of the first records
    blocks.py    the plan: the rows of the index that become each shard
    ledger.py    the counts of records and pairs by their outcomes
    job.py       all settings that decide the output of a conversion
    prepare.py   settings -> job and plan
    samples.py   a row of the index and its images -> a sample
    rows.py      rows of the index, as a unit needs them
    unit.py      one unit, from image bytes to shards
    describe.py  the manifest of a conversion
    run.py       the start of a conversion
    rederive.py  a check of an output against its source
"""
