"""The row of one image-text pair of a web corpus, which can become one sample.

file        text     the source file that holds the record, by its name in the corpus
shard       int32    number of that file in the corpus, from 0
record      int64    number of the record in the file, from 0; an annotation without its question, or an image without its
                     annotation, has a number from 2**32 on
pair        int32    number of the pair in the record, from 0: the third question about one image is 2
key         text     the record's own name: the key in a tar, the id in an annotation file; empty without one
task        text     one of TASKS
language    text     a tag in small letters, "en", "pt-br"; empty if unknown
context     [text]   the conversation before the question: questions and answers in turn
question    text     empty for a caption; for an interleaved document, everything before its last text. IMAGE_MARK stands for an
                     image in documents, and in records of several images with marks. Then context and question have one mark
                     for each of `images`, in their order
answers     [{text, weight}]   at least one; weight: how many people gave it, 1 if unknown
images      [{file, offset, length, height, width, digest, look}]   at least one, in the order of the sample
              file: the name of the image file; "" is the row's own file
              offset, length: the place for Pictures. A range of bytes in a tar or a TFDS record file; ROW << 16 | NUMBER and the
                  length in bytes in a Parquet file; 0 and the whole length for an image file
              digest: xxh3-64 of the bytes
              look: a 64-bit perceptual hash, null if none was made
similarity  float32  agreement of image and text, from the corpus or a model; null if unknown
outcome, reason, says   text   the reason why the row is not a sample; null for a fit pair

A rejected record has one row with the values that are known. Parts of the index are written in row groups of BLOCK rows, so that
a worker can read the texts of one block alone.
"""

import pyarrow as pa

TASKS = ("caption", "vqa", "ocr", "conversation", "interleaved")
IMAGE_MARK = "<image>"
BLOCK = 256

ANSWER = pa.struct([("text", pa.string()), ("weight", pa.float32())])
IMAGE = pa.struct(
    [
        ("file", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("digest", pa.uint64()),
        ("look", pa.uint64()),
    ]
)
ROWS = pa.schema(
    [
        ("file", pa.string()),
        ("shard", pa.int32()),
        ("record", pa.int64()),
        ("pair", pa.int32()),
        ("key", pa.string()),
        ("task", pa.string()),
        ("language", pa.string()),
        ("context", pa.list_(pa.string())),
        ("question", pa.string()),
        ("answers", pa.list_(ANSWER)),
        ("images", pa.list_(IMAGE)),
        ("similarity", pa.float32()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("says", pa.string()),
    ]
)
