"""Annotation tables: what somebody says of the steps of episodes, by *source* step numbers, whatever is taken of them later.

Promise: a row is used for the steps that it names, or counted and named among those that are not; nothing is guessed. May
import layers up to vladata/selection.

    row.py      one row: its columns, and what is wrong with it
    table.py    a table as a file: JSONL or Parquet
    names.py    which episodes the rows are about
    texts.py    rows of one episode -> what is said at each step
    join.py     tables and an index -> the rows that are used
    told.py     what became of the rows, counted and named
    stored.py   the joined rows as a file; an episode out of it
    forms.py    other projects' forms by name: ecot.py and lerobot.py
"""
