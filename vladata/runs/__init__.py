"""The engine of any output: what happens between a plan and a dataset, whatever the samples are made from.

Promise: a run that is killed at any moment goes on from what is really on the disk, and gives the bytes of one that was not.
Nothing here knows robots, corpora or mixtures; each hands in what differs. May import layers 0 to 3; no Beam.

    attempt.py        from the lock to the manifest, with the middle left to whoever runs it
    loops.py          a worker's share of a job without Beam
    again.py          the same with a finished output, of which only what has changed is made
    aside.py          a finished output set aside, and units taken back from it
    asked.py          how outputs of this machine were asked for
    job_file.py       the job of an unfinished output, as a file
    settings.py       how an output is to be written
    writing.py        the samples of one unit on their way to the disk
    receipts.py       what a unit wrote, as a file that is believed only when the shards are there
    resume.py         what is in the output folder already, and what to do about it
    commit.py         receipts -> manifest
    index_table.py    index.arrow, a row a sample
    apart.py          an output in its source, or the other way round, refused
    verify.py         an output held against its manifest
    windows.py        the frames and actions of a sample, held against themselves
    stored.py         what an output says of itself to whoever holds it against its source
    repeated_keys.py  keys that several samples of an output share
    findings.py       what a check found
"""
