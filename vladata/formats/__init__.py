"""File formats: from bytes to values, and from values to bytes.

No file is opened here, and nothing depends on a dataset: callers pass bytes or an open file.

    kinds.py       the kind of a file, by its first bytes
    folder_kinds.py  the kind of a folder, by the names in it
    tfrecord.py    TFRecord: records with checksums
    checksum.py    the checksum of TFRecord
    array_record.py  ArrayRecord: records found by the file's footer
    riegeli.py     Riegeli: the chunks of records in an ArrayRecord file
    highway_hash.py  HighwayHash, the checksum of Riegeli
    example.py     tf.Example, parsed and encoded
    tar.py         the members of our tar archives, written and read
    foreign_tar.py tar archives of other programs
    pax.py         PAX headers of tar archives
    arrow_batches.py  the places of the values in an Arrow file
    json_record.py one JSON text as a record
    json_scan.py   the places of the values in a JSON file
    json_lines.py  the lines of a file
    json_stream.py the records of a JSON file, one at a time
    json_shape.py  finds out whether the records of a JSON file are its lines
"""
