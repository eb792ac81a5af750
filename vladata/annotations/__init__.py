"""Annotation tables: texts about the steps of episodes, by *source* step numbers, also if only some steps are taken later.

Promise: a row is used for the steps that it names, or counted and reported as not used; nothing is guessed. May import layers
up to vladata/selection.

    row.py      one row: its columns, and their checks
    table.py    a table as a file: JSONL or Parquet
    names.py    the episodes that rows name
    texts.py    rows of one episode -> the text at each step
    join.py     tables and an index -> the rows that are used
    told.py     the counts of used and unused rows
    stored.py   the joined rows as a file, and the texts of one episode from it
    forms.py    the forms of other projects by name: ecot.py and lerobot.py
"""
