"""What is asked of a step of a robot's episode. Imports specs, and the windows of vladata/transforms.

Promise: a task is a pure function of the steps of one episode and the recipe; it opens no image and knows no file.

task.py     what a task sees, and gives
table.py    the tasks by name
action.py   the action that follows the instruction
"""
