"""Whole episodes written as episodes: `vladata convert rlds2vla --format rlds` or `lerobot`.

What is said of samples in vladata/robot holds here too; these are the neighbours of its files of the same names.

    columns.py    what every episode that is written has
    stretches.py  a raw episode -> what of it follows without a hole, ready to be written
    unit.py       one unit: read, standardise, cut into stretches, write
    noted.py      what is noted while it writes
    lerobot.py    files of LeRobot, and those beside them
    describe.py   what the manifest says, and the files beside it
    schema.py     the schema by which such an output is read again
    run.py        what the engine does with such a conversion
    verify_lerobot.py the same of LeRobot's files
    verify.py     an output held against its index, and against its source
"""
