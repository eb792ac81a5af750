"""Bytes in, bytes out: what the files look like, and nothing else.

Promise: no file is opened here and no dataset is known; callers hand in bytes or an open file. May import layer 0 only.

    kinds.py       what a file is, by its first bytes; folder_kinds.py: a folder, by the names in it
    tfrecord.py    record framing with checksums; checksum.py
    array_record.py records by their footer; riegeli.py: the chunks that hold them; highway_hash.py: what these are checked by
    example.py     tf.Example, parsed and encoded
    tar.py         tar members, framed and walked
    foreign_tar.py tar archives as other programs write them; pax.py is what their PAX headers say
    arrow_batches.py where the values of an Arrow file lie
    json_record.py one JSON text as a record
    json_scan.py   where the values of a JSON file lie; json_lines.py has the lines of a file
    json_stream.py the records of a JSON file, one at a time; json_shape.py tells whether these are its lines
"""
