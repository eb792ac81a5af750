"""The selection of episodes and steps of an index: between the index and the plan.

keep_ranges.py  episode -> ranges of frames, in the files of openpi and others
json_file.py    such files: one value an episode, read and written
errata.py       episode -> a corrected instruction, or the reason why it is left out
idle.py         stretches in which nothing moves
rows.py         a part of the index while rules take steps out of it
selection.py    all rules: a part of the index -> the part that is taken
at_windows.py   the last rule: the steps that no window stands at
watch.py        counts of instructions, and names in the user's files that are not episodes
"""
