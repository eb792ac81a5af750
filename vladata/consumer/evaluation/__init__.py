"""Trials of policies in environments: paired by seed, resumable, reported with intervals.

run.py        an evaluation from its config to its report. Start reading here
trials.py     the trials of an evaluation and their outcomes: trials.jsonl
place.py      the folder of an evaluation: one process writes it
playing.py    trials of one policy, played step by step at the same time
actors.py     the players: a checkpoint, the expert, random actions
remote.py     a policy behind `vladata serve`, as a player
adapter.py    the interface of an environment
adapters/     the environments that ship
intervals.py  success rates and differences of policies on the same trials, with intervals
told.py       outcomes of trials as results: the table and results.json
film.py       a trial as a GIF
report.py     results as one HTML page
forest.py     a plot of differences
demonstrations.py  episodes of an environment's expert, as RLDS
"""
