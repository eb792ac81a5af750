"""Web corpora become samples: the index, filters, plan, units and commit of `vladata convert web2vla`.

Promise: as in vladata/runs, whose files, receipts and commit are used: the same bytes on any runner, whatever was killed. May
import vladata/runs and below.

    settings.py  the settings of a conversion
    sources.py   the corpus, its index, the images of other outputs
    indexed.py   these with the index made, of all files or of the first records
    blocks.py    the plan: the rows of the index that become each shard
    ledger.py    the counts of records and pairs by what became of them
    job.py       the job of a conversion
    prepare.py   settings -> job and plan
    samples.py   a row of the index and its images -> a sample
    rows.py      rows of the index, as a unit needs them
    unit.py      one unit, from image bytes to shards
    describe.py  the content of the manifest
    run.py       the start of a conversion
    rederive.py  a check of an output against its source
"""
