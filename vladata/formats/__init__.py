"""File formats: bytes in, bytes out, and nothing else.

Promise: no file is opened here and no dataset is known; callers hand in bytes or an open file. May import layer 0 only.

    kinds.py       the kind of a file, by its first bytes; folder_kinds.py: the kind of a folder, by the names in it
    tfrecord.py    record framing with checksums; checksum.py
    array_record.py records by their footer; riegeli.py: the chunks that hold them; highway_hash.py: their checksum
    example.py     tf.Example, parsed and encoded
    tar.py         tar members, framed and walked
    foreign_tar.py tar archives of other programs; pax.py reads their PAX headers
    arrow_batches.py the places of the values in an Arrow file
    json_record.py one JSON text as a record
    json_scan.py   the places of the values in a JSON file; json_lines.py has the lines of a file
    json_stream.py the records of a JSON file, one at a time; json_shape.py finds out if these are its lines
"""
