"""Reading robot episodes, whatever the file format: RLDS as TFDS writes it, without TensorFlow, LeRobot, and HDF5.

Promise: a value that comes out is the value that the format's own library would give; what is not understood is refused by
name (UnsupportedFeature), and what does not match the declared features is MalformedExample. Nothing is written, and for local
paths no network connection is opened. Nobody outside this folder asks which format or which reader a source has. May import
layers 0 to 2 and formats.

    episodes.py       the way in for users: episodes(SRC, schema)
    source.py         the protocol: what a dataset is to everything that reads one
    readers.py        the table by (file format, reader), and open_source, which looks it up

A format, and what only it needs:

    rlds.py           a record as an Episode; the one place that knows RLDS keys
    tfrecord.py       RLDS in TFRecord files
    array_record.py   RLDS in ArrayRecord files
    lerobot/          LeRobot v2.0 to v3.0
    tfds.py           `--reader tfds`: RLDS decoded by tensorflow-datasets
    version_folder.py from what the user typed to the folder that holds features.json
    features.py       features.json as a flat table of leaves
    legacy.py         features.json as older TFDS wrote it
    cameras.py        which fields can be cameras, and why another cannot: one answer for convert, infer and check
    columns.py        the values of one leaf: from a parsed record to a column
    hdf5/             robomimic, LIBERO, ALOHA: a folder of its own

What any format may use:

    info.py           dataset_info.json: name, splits, files
    splits.py         "train[:10%]+val"
    folder.py         a folder of files, local or by URL
    remote.py         the URL half of it, through fsspec
    json_text.py      JSON objects, checked on the way in
    foreign.py        what is no RLDS dataset, named for what it is
    words.py          which field is the instruction, guessed
    two_arms.py       whether there are two arms, guessed, and what their columns are called
    acting.py         which fields are the action, guessed
    sensing.py        which field is the state, guessed
    camera_names.py   names of the cameras of a draft, by their fields
    unread.py         fields that a draft does not read, told by what they may be
    infer.py          a first schema, drafted from a source's columns
    compare.py        a schema's declared features held against those of a source
    misfits.py        what a schema takes fields for, held against what they are
    rehearse.py       a chain tried on an episode that is made after its columns

docs/contributing.md says how a format is added.
"""
