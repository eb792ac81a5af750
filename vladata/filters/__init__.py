"""Which image-text pairs are kept: decided from the index alone, before an image is read, each filter with its count.

Promise: pure functions of (rule, tables of rows); equal inputs, equal decisions, whatever the number of workers. Imports
layers 0 to 2 and vladata/corpora/rows.py.
"""
