"""Trials of policies in environments: paired by seed, resumable, told with intervals.

run.py        an evaluation from its config to its report. Start reading here
trials.py     which trials there are, and what came of each: trials.jsonl
place.py      the folder: which evaluation it is of, and that one process has it
playing.py    some trials of one policy, step by step, all together
actors.py     who plays: a checkpoint, the expert, chance
remote.py     a policy behind `vladata serve`, as a player
adapter.py    what an environment has to be
adapters/     environments that ship
intervals.py  success with its interval, and differences of policies on the same trials
told.py       trials as results: the table and results.json
film.py       a trial as a GIF
report.py     results as one HTML page
forest.py     differences as a plot
demonstrations.py  what an environment's expert does, as RLDS
"""
