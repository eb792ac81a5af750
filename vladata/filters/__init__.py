"""Which image-text pairs are kept: decided from the index alone, before an image is read, each filter with its count.

Promise: pure functions of (rule, tables of rows, lists that the rule names); equal inputs, equal decisions, whatever the
number of workers or how the tables are cut. No Python runs for each row. May import layers 0 to 2, vladata/sources to read
lists, and vladata/corpora/rows.py.

columns.py      rows of the index -> arrays, the only place that knows how rows are laid out
lists.py        files of keys and of digests
one_by_one.py   the filters that see one pair at a time
share.py        the best share by similarity
seen.py         the images of other corpora
images.py       the images of the pairs that are left, as words
repeats.py      images that came before, by the same bytes
near.py         images that came before, by nearly the same look
decisions.py    what was decided, its counts, and the stop where nothing is left
plan.py         all of it: a rule and an index -> decisions
"""
