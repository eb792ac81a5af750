"""Turn robot episodes into samples: `vladata convert rlds2vla`. vladata/web and vladata/mixtures have files of the same names.

Promise: a plain loop over these functions and any Beam runner give the same bytes.

    settings.py  the settings of a conversion
    sources.py   the opened dataset, its index, and the selection of steps
    prepare.py   settings -> statistics, contract, job and plan
    spelling.py  the codecs of a recipe and the contract, from statistics
    numbering.py the numbers that LeRobot counts through a whole dataset
    fates.py     the outcomes of episodes, in words
    job.py       all values that an output depends on
    kept.py      the codecs of another output, kept for a new one
    image_contract.py  the half of the contract about images
    askable.py   a check that the data can answer the tasks
    asking.py    the texts of an episode's samples, by the tasks of a recipe
    picturing.py the cameras that a recipe takes, and their pictures
    samples.py   an episode -> its samples, rendered
    developed.py frames of videos, encoded as images
    images_made.py  the memory of images encoded from videos, for a plan
    windowed.py  the windows of an episode: the frames and actions of each sample
    chunks.py    the chunks that a codec learns from
    room.py      memory for records, used again by each unit
    unit.py      one unit: read, standardise, render, write
    preview.py   a few samples of a plan, without writing
    describe.py  the description in the manifest
    chosen.py    the selection, as files of the output
    annotated.py the annotations of the taken steps
    run.py       begin a conversion
    identity.py  a digest of everything that a unit's bytes depend on
    retry.py     begin the retry of a finished conversion
    rederive.py  compare an output with its source
"""
