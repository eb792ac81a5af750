"""Web corpora become samples: the index, filters, plan, units and commit of `vladata convert web2vla`.

Promise: as of vladata/runs, whose files, receipts and commit these are too: the same bytes on any runner, whatever was
killed. May import vladata/runs and below.

    settings.py  a conversion as it was asked for
    sources.py   the corpus, its index, the images of other outputs
    indexed.py   these with the index made, of all files or of the first records
    blocks.py    the plan: which rows of the index become which shards
    ledger.py    what became of every record and pair
    job.py       everything that decides an output
    prepare.py   settings -> job and plan
    samples.py   a row of the index and its images -> a sample
    rows.py      rows of the index, as a unit needs them
    unit.py      one unit, from image bytes to shards
    describe.py  what the manifest says
    run.py       a conversion, begun
    rederive.py  an output held against its source
"""
