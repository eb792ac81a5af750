"""Beam graphs, one a file: `build` is the graph, `run` runs it in this process.

index.py   source files -> parts of an index, of robot episodes or of a web corpus
units.py   units of a planned job -> shards, of whatever kind the job is
"""
