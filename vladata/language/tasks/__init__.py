"""What is asked of a step of a robot's episode. Imports layer 0 and vladata/actions.

Promise: a task is a pure function of the steps of one episode and its settings; it opens no image and knows no file.

task.py         what a task sees, and what a kind of task declares
table.py        the kinds by name
places.py       the words in braces that every kind knows
speak.py        the prompts and targets of an episode's steps, by the wording of a recipe
action.py       the action that follows the instruction
instruction.py  the instruction, from the pictures
"""
