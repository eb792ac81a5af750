"""The main job without a runner: what decides an output, one unit done, everything committed.

Promise: a plain loop over these functions and any Beam runner give the same bytes. May import layers 0 to 3; no Beam.

    job.py       everything that decides an output, as one file in it
    samples.py   an episode -> its samples, rendered
    room.py      memory for the records of one unit after another
    unit.py      one work unit: read, standardise, render, write
    receipts.py  what a unit wrote, as a file that is believed only when the shards are there
    prepare.py   index -> statistics, contract, plan
    apart.py     an output in its source, or the other way round, refused
    run.py       from the lock to the manifest, with the middle left to whoever runs it
    resume.py    what is in the output folder already, and what to do about it
    commit.py    receipts -> manifest
    verify.py    an output held against its manifest
    rederive.py  an output held against its source
    stored.py    what an output says of itself to whoever does that
    repeated_keys.py  keys that several samples of an output share
    findings.py  what a check found
"""
