"""Reading robot episodes in several file formats: RLDS as TFDS writes it (without TensorFlow), LeRobot, and HDF5.

Values equal those that the format's own library would give. A field that is not understood is refused by name
(UnsupportedFeature); values that do not match the declared features are MalformedExample. Nothing is written, and for local paths
no network connection is opened. Code outside this folder does not depend on the format or the reader of a source.

    episodes.py       the function for users: episodes(SRC, schema)
    source.py         the protocol `Source` of datasets of every format
    readers.py        the table of readers by (file format, reader), and open_source, which uses it

Formats, each with the files that only it needs:

    rlds.py           a record as an Episode; the only file that uses RLDS keys
    tfrecord.py       RLDS in TFRecord files
    array_record.py   RLDS in ArrayRecord files
    lerobot/          LeRobot v2.0 to v3.0
    tfds.py           `--reader tfds`: RLDS decoded by tensorflow-datasets
    version_folder.py the path that the user gave -> the folder that holds features.json
    features.py       features.json as a flat table of leaves
    legacy.py         features.json as older TFDS wrote it
    columns.py        the values of one leaf: from a parsed record to a column
    hdf5/             HDF5: robomimic, LIBERO, ALOHA

Files for any format:

    info.py           dataset_info.json: name, splits, files
    splits.py         "train[:10%]+val"
    folder.py         a folder of files, local or by URL
    remote.py         the URL half of it, through fsspec
    json_text.py      JSON objects, checked on the way in
    foreign.py        errors for folders and files that are not RLDS datasets, which say what they are
    cameras.py        the fields that can be cameras, and the reasons why others cannot, for convert, infer and check
    infer.py          a first schema, drafted from a source's columns
    words.py          a guess for a draft: the field of the instruction
    two_arms.py       a guess for a draft: whether there are two arms, and the names of their columns
    acting.py         a guess for a draft: the fields of the action
    sensing.py        a guess for a draft: the field of the state
    camera_names.py   names of the cameras of a draft, made from their fields
    unread.py         a guess for a draft: the meaning of fields that it does not read
    compare.py        the features that a schema declares, compared with those of a source
    misfits.py        the use that a schema makes of fields, compared with their types
    rehearse.py       a chain, run on an example episode with a source's columns

docs/contributing.md says how a format is added.
"""
