"""The selection of episodes and steps of an index, before the plan is made.

keep_ranges.py  files of openpi and others: episode -> ranges of frames
json_file.py    JSON files with one value for each episode, read and written
errata.py       errata files: episode -> a corrected instruction, or the reason to leave the episode out
idle.py         stretches in which nothing moves
rows.py         a part of the index while rules remove steps from it
selection.py    all rules: a part of the index -> the part that is taken
at_windows.py   the last rule: removes the steps that have no window
watch.py        counts of instructions, and names in the user's files that are not episodes
"""
