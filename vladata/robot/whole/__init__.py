"""Whole episodes written as episodes: `vladata convert rlds2vla --format rlds` or `lerobot`.

The rules of vladata/robot hold here too. A file with the name of a file there does its job for whole episodes.

    columns.py    the columns of every episode that is written
    stretches.py  a raw episode -> its stretches without a gap, ready to be written
    unit.py       one unit: read, standardise, cut into stretches, write
    noted.py      the notes of a unit while it writes: rows of its receipt, rejections, kinds of pictures
    lerobot.py    LeRobot's files of one unit: frames and videos
    lerobot_meta.py   LeRobot's files about the whole dataset, made from the receipts
    unfit.py      the refusal of a LeRobot dataset with damaged pictures
    describe.py   the manifest, and the other files of a format that are not shards
    schema.py     the schema by which such an output is read again
    run.py        the entry points of such a conversion for the engine
    verify_lerobot.py   comparison of LeRobot's files with index and source
    verify.py     comparison of an output with its index and its source
"""
