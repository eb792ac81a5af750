"""Filters of image-text pairs: they decide from the index alone, before an image is read, and each has its count.

Promise: pure functions of the rule, tables of rows, and the lists that the rule names. Equal inputs give equal decisions,
whatever the number of workers or the cuts of the tables. No Python code runs for each row. May import layers 0 to 2,
vladata/sources to read lists, and vladata/corpora/rows.py.

columns.py      rows of the index -> arrays; no other file knows the layout of rows
lists.py        files of keys and of digests
one_by_one.py   the filters that see one pair at a time
share.py        the best share by similarity
seen.py         the images of other corpora
images.py       the images of the pairs that are left, as words
repeats.py      images that came before, by equal bytes
near.py         images that came before, by nearly equal looks
decisions.py    the decisions, their counts, and the error if nothing is left
plan.py         all filters: a rule and an index -> decisions
"""
