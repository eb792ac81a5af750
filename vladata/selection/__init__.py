"""Which episodes and steps of an index are taken: between the index and the plan.

keep_ranges.py  episode -> ranges of frames, as files of openpi and others have them
json_file.py    such files: one value an episode, read and written
errata.py       episode -> a corrected instruction, or why it is left out
idle.py         stretches in which nothing moves
rows.py         a part of the index while rules take steps out of it
selection.py    all of it: a part of the index -> the part that is taken
at_windows.py   the last rule: the steps that no window stands at
watch.py        what a selection did to the instructions, and which names of its files are no episode's
"""
