"""Stored pictures as arrays: what is made of them, what is drawn at random, and where the places that texts name have gone.

Promise: the same pixels whatever the rank, the thread and the number of resumes.

    picturing.py      Picturing: the encoded pictures of a sample into the array of a batch
    image_contract.py the image half of the contract of what is loaded
    rule_at_load.py   what is made of stored pictures, and the size that all of them have
    augment.py        what is drawn at random for a picture
    colours.py        other colours for a picture, by the arithmetic of three libraries
    normalise.py      levels of pictures as the numbers that a model reads
    moved.py          where places on a stored picture have gone when it was loaded
    following.py      places that texts name, spelled again where their picture shows them
"""
