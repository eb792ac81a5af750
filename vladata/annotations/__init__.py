"""Annotation tables: texts about the steps of episodes. Steps have their numbers in the source, even if only some are taken
later.

A row is used for the steps that it names, or counted and reported as not used; nothing is guessed.

    row.py      one row: its columns, and their checks
    table.py    a table as a file: JSONL or Parquet
    names.py    finds the episodes that rows name
    texts.py    rows of one episode -> the text at each step
    join.py     tables and an index -> the rows that are used
    told.py     the counts of used and unused rows
    stored.py   the joined rows as a file, and the texts of one episode from it
    forms.py    the forms of annotation files by name, also those of other projects
    ecot.py     the form of Embodied Chain of Thought
    lerobot.py  the form of LeRobot's language columns
"""
