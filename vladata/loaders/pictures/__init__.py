"""Stored pictures as arrays: resizing, random changes, and the new coordinates of places that texts name.

Promise: pixels do not depend on the rank, the thread or the number of resumes.

    picturing.py      Picturing: the encoded pictures of a sample into the array of a batch
    image_contract.py the image half of the contract of loaded samples
    rule_at_load.py   the rule by which stored pictures are resized, and the size of all loaded pictures
    augment.py        random changes of a picture
    colours.py        changed colours of a picture, by the arithmetic of three libraries
    normalise.py      levels of pictures as the numbers that a model reads
    moved.py          coordinates on a stored picture, mapped to the loaded picture
    following.py      texts that name places, with the coordinates on the loaded picture
"""
