"""Filters of image-text pairs: they decide from the index alone, before any image is read, and each filter has its count.

Promise: filters are pure functions of the rule, tables of rows, and the lists that the rule names. Equal inputs give equal
decisions, whatever the number of workers or the cuts of the tables. No Python code runs for each row.

columns.py      rows of the index -> arrays; no other file knows the layout of rows
lists.py        files of keys and of digests
one_by_one.py   the filters that need only one pair at a time
share.py        the best share by similarity
seen.py         the images of other corpora
images.py       digests or perceptual hashes of the images of all remaining pairs
repeats.py      images whose bytes an earlier record has
near.py         images that look nearly like one of an earlier record
decisions.py    the decisions, their counts, and the error if nothing is left
plan.py         all filters: a rule and an index -> decisions
"""
