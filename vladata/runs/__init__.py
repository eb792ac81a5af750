"""The engine of every kind of output: the way from a plan to a dataset.

Promise: a run that is killed at any moment continues from the files that are on the disk, and gives the same bytes as a run that
was not killed. The code here does not depend on robots, corpora or mixtures, which pass in their own parts.

    attempt.py        a run from its lock to its manifest; the caller does the units between
    loops.py          a worker's share of a job without Beam
    again.py          a finished output made again, only the units that have changed
    aside.py          a finished output set aside, and units taken back from it
    asked.py          the sources and options of this machine's outputs
    job_file.py       the job of an unfinished output, as a file
    settings.py       the settings of an output
    writing.py        write the samples of one unit
    receipts.py       the results of a unit, as a file that counts only if its shards are there
    resume.py         the contents of an output folder, and the next step of a run there
    commit.py         receipts -> manifest
    index_table.py    index.arrow, one row per sample
    apart.py          refuse an output inside its source, or a source inside its output
    verify.py         check an output with its manifest
    windows.py        check that the frames and actions of a sample fit together
    stored.py         parts of an output that are needed to compare it with its source
    repeated_keys.py  keys that several samples of an output share
    findings.py       one fault that a check found
"""
