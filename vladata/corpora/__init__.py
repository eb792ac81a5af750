"""Web corpora: what is in them, pair by pair, and where the bytes of each image lie.

Promise: every record of every file becomes rows, those that are unfit with a reason; nothing is run, followed or written
outside the index. After it no step knows how a corpus is laid out: converting reads texts from the index, and image bytes
from the places that it names. May import layers 0 to 3 and vladata/index.

    rows.py          the row of one image-text pair
    corpus.py        open_corpus: a corpus, its files, the folder of its images
    files.py         from what the user typed to files: globs, brace ranges, folders, URLs
    part.py          one file -> one part of the index
    cached.py        where the index is kept
    pictures.py      the bytes of images, from the places that the index gives
    file_kinds.py    whether a file is of the layout's kind
    tars.py, parquet.py, annotations.py, coco.py, joined.py, tfds.py   the records of one file, by layout
    ids.py           ids by which two lists are joined
    tar_record.py    the members of one record of a tar; strays.py tells what is no member, passed_over.py counts it
    parquet_columns.py   the columns that paths mean
    members.py       what records really have, for whoever writes a declaration
    record.py        what a record is to the rest
    pairs.py         a record -> its pairs; conversations.py (with turns.py) and documents.py are parts of it
    marks.py         what stands in texts for an image
    fields.py        values of a record, checked
    image_files.py   images that are files of their own; file_names.py makes their names
    examine.py       what the index says of one image
    table.py         rows in columns; first_rows.py has those of the first records, to try a declaration
    similarity.py    how well image and text agree, where the corpus does not say it
"""
