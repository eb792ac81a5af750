"""Whole episodes written as episodes: `vladata convert rlds2vla --format rlds` or `lerobot`.

The rules of vladata/robot hold here too; each file has the job of the file of the same name there, for whole episodes.

    columns.py    the columns of every episode that is written
    stretches.py  a raw episode -> its stretches without a hole, ready to be written
    unit.py       one unit: read, standardise, cut into stretches, write
    noted.py      what a unit notes while it writes: rows of its receipt, rejections, kinds of pictures
    lerobot.py    LeRobot's files of one unit: frames and videos
    lerobot_meta.py   LeRobot's files of the whole dataset, made of the receipts
    unfit.py      the refusal of a LeRobot dataset of which pictures turned out damaged
    describe.py   the manifest, and the files that a format has beside its shards
    schema.py     the schema by which such an output is read again
    run.py        the entry points of such a conversion for the engine
    verify_lerobot.py   comparison of LeRobot's files with index and source
    verify.py     comparison of an output with its index and its source
"""
