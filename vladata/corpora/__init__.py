"""Web corpora: their pairs of image and text, and the places of the bytes of each image.

Promise: every record of every file becomes rows, and the row of an unfit record has the reason. Nothing is run, followed or
written outside the index. After indexing, no step knows the layout of a corpus: a conversion reads texts from the index, and
image bytes from the places that the index gives.

    rows.py          the row of one image-text pair
    corpus.py        open_corpus: a corpus, its files, the folder of its images
    files.py         the user's globs, brace ranges, folders and URLs -> files
    part.py          one file -> one part of the index
    cached.py        the place of the index
    pictures.py      the bytes of images, from the places that the index gives
    file_kinds.py    a check that a file is of the layout's kind
    tars.py, parquet.py, annotations.py, coco.py, joined.py, tfds.py   the records of one file, by layout
    ids.py           ids by which two lists are joined
    tar_record.py    the members of one record of a tar
    strays.py        the files of a tar that are not members of records
    passed_over.py   counts of files and entries that are not records
    parquet_columns.py   the columns that paths mean
    members.py       the real fields of records, for a person who writes a declaration
    record.py        the interface of a record
    pairs.py         a record -> its pairs
    conversations.py the questions and answers of a conversation
    turns.py         the speakers and texts of a conversation's turns
    documents.py     an interleaved document as a question and an answer
    marks.py         the marks in texts that stand for images
    fields.py        values of a record, checked
    image_files.py   images that are separate files
    file_names.py    the names of such image files
    examine.py       the index entry of one image
    table.py         rows collected as columns
    first_rows.py    the rows of the first records, to try a declaration
    similarity.py    the agreement of image and text, if the corpus does not give it
"""
