"""Beam graphs, one per file: `build` makes the graph, `run` runs it in this process.

index.py   source files -> parts of an index, of robot episodes or of a web corpus
units.py   units of a planned job -> shards, for every kind of job
"""
