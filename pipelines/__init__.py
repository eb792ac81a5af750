"""Beam graphs, one a file: `build` is the graph, `run` runs it in this process.

index.py        source files -> parts of the episode table
index_corpus.py files of a web corpus -> parts of the table of its pairs
rlds2vla.py     units of a planned job -> shards
convert.py      the whole of `vladata convert rlds2vla`: index, plan, units, commit
"""
