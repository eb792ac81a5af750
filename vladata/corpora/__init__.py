"""Web corpora: what is in them, pair by pair, and where the bytes of each image lie.

Promise: every record of every file becomes rows, those that are unfit with a reason; nothing is run, followed or written
outside the index. After it no step knows how a corpus is laid out: converting reads texts from the index, and image bytes
from the places that it names. May import layers 0 to 3 and vladata/index.

    rows.py    the row of one image-text pair
    similarity.py   how well image and text agree, where the corpus does not say it
"""
