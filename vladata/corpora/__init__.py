"""Web corpora: their pairs of image and text, and the places of the bytes of each image.

Promise: every record of every file becomes rows, and an unfit one says its reason; nothing is run, followed or written outside
the index. After it no step knows the layout of a corpus: converting reads texts from the index, and image bytes from the places
that it names. May import layers 0 to 3 and vladata/index.

    rows.py          the row of one image-text pair
    corpus.py        open_corpus: a corpus, its files, the folder of its images
    files.py         the user's globs, brace ranges, folders and URLs, made into files
    part.py          one file -> one part of the index
    cached.py        the place of the index
    pictures.py      the bytes of images, from the places that the index gives
    file_kinds.py    a check that a file is of the layout's kind
    tars.py, parquet.py, annotations.py, coco.py, joined.py, tfds.py   the records of one file, by layout
    ids.py           ids by which two lists are joined
    tar_record.py    the members of one record of a tar; strays.py tells which files are not members, passed_over.py counts them
    parquet_columns.py   the columns that paths mean
    members.py       the real fields of records, for a person who writes a declaration
    record.py        the interface of a record
    pairs.py         a record -> its pairs; conversations.py (with turns.py) and documents.py are parts of it
    marks.py         the marks in texts that stand for images
    fields.py        values of a record, checked
    image_files.py   images that are files of their own; file_names.py makes their names
    examine.py       the index entry of one image
    table.py         rows in columns; first_rows.py has those of the first records, to try a declaration
    similarity.py    the agreement of image and text, where the corpus does not say it
"""
