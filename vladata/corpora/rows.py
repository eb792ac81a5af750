"""The row of one image-text pair of a web corpus, which can become one sample.

file        text     the source file that holds the record, by its name in the corpus
shard       int32    number of that file in the corpus, from 0
record      int64    number of the record in the file, from 0; from 2**32 on of an annotation without its question, or of
                     an image without its annotation
pair        int32    number of the pair in the record, from 0: the third question about one image is 2
key         text     the record's own name: the key in a tar, the id in an annotation file; empty without one
task        text     one of TASKS
language    text     a tag in small letters, "en", "pt-br"; empty if unknown
context     [text]   the conversation before it, question and answer in turn
question    text     empty for a caption; of an interleaved document all before its last text. IMAGE_MARK stands for an image in
                     documents, and where a record of several images has marks: then context and question hold one for each
                     of `images`, in their order
answers     [{text, weight}]   at least one; weight: how many people gave it, 1 if unknown
images      [{file, offset, length, height, width, digest, look}]   at least one, in the order of the sample
              file: "" is the row's own file; offset, length: the place that Pictures reads (a range of bytes of
              a tar or a TFDS record file; ROW << 16 | NUMBER in the row's list, and bytes, of a Parquet file; 0 and the
              whole length for an image that is a file); digest: xxh3-64 of the bytes;
              look: a 64-bit perceptual hash, null if it was not asked for
similarity  float32  of image and text, from the corpus or a model; null if unknown
outcome, reason, says   text   why it is not a sample; null for a fit pair

A rejected record has one row with what is known of it. Parts of the index are written in row groups of BLOCK rows, so that a
worker reads the texts of one block without those around it.
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
