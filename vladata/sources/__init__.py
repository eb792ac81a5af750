"""Reading robot episodes: RLDS as TFDS writes it, without TensorFlow.

Promise: a value that comes out is the value that TFDS would give; what is not understood is refused by name
(UnsupportedFeature), and what does not match features.json is MalformedExample. Nothing is written, and for local paths no
network connection is opened. May import layers 0 to 2 and formats.

    episodes.py       the way in for users: episodes(SRC, schema)
    rlds.py           a source, its shards, its records, and a record as an Episode; the one place that knows RLDS keys
    version_folder.py from what the user typed to the folder that holds features.json
    info.py           dataset_info.json: name, splits, files
    features.py       features.json as a flat table of leaves
    legacy.py         features.json as older TFDS wrote it
    cameras.py        which fields can be cameras, and why another cannot: one answer for convert, infer and check
    columns.py        the values of one leaf: from a parsed record to a column
    splits.py         "train[:10%]+val"
    folder.py         a folder of files, local or by URL
    remote.py         the URL half of it, through fsspec
    json_text.py      JSON objects, checked on the way in
    array_record.py   records of ArrayRecord files
    infer.py          a first schema, drafted from features.json
    compare.py        a schema's declared features held against those of a dataset
    tfds.py           `--reader tfds`: decoding by tensorflow-datasets
"""
