"""Robot episodes become samples: `vladata convert rlds2vla`. vladata/web and vladata/mixtures have files of the same names.

Promise: a plain loop over these functions and any Beam runner give the same bytes. May import vladata/runs and below.

    settings.py  a conversion as it was asked for
    sources.py   the opened dataset, its index, and what of it is taken
    prepare.py   settings -> statistics, contract, job and plan
    spelling.py  the codecs of a recipe and the contract, from statistics
    numbering.py what LeRobot numbers through a dataset
    fates.py     what became of the episodes, in words
    job.py       everything that decides an output
    kept.py      the codecs of another output, kept
    image_contract.py  the half of the contract that images are
    askable.py   whether the data can say what tasks ask
    asking.py    the words of an episode's samples, by the tasks of a recipe
    picturing.py the cameras that a recipe takes, and their pictures
    samples.py   an episode -> its samples, rendered
    developed.py frames of videos as its images
    images_made.py  the bytes that these take, for a plan
    windowed.py  its windows: the frames and actions of each sample
    chunks.py    the chunks that a codec learns from
    room.py      memory for the records of one unit after another
    unit.py      one unit: read, standardise, render, write
    preview.py   a few samples of a plan, written nowhere
    describe.py  what the manifest says
    chosen.py    what a selection took, as files of the output
    annotated.py what annotation tables say of it
    run.py       a conversion, begun
    identity.py  what decides the bytes of a unit, as a digest
    retry.py     a finished conversion tried again, begun
    rederive.py  an output held against its source
"""
