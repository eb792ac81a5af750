"""What is asked of a step of a robot's episode. Imports layer 0 and vladata/actions.

Promise: a task is a pure function of the steps of one episode and its settings; it opens no image and knows no file.

task.py           what a task sees, and what a kind of task declares
table.py          the kinds by name, one a file: action.py, instruction.py, state.py, steps_between.py, success.py, plan.py,
                  subtask.py, memory.py, paraphrase.py, box.py, point.py, trace.py, subgoal.py, movement.py, annotation.py
places.py         the words in braces that every kind knows
speak.py          the prompts and targets of an episode's steps, by the wording of a recipe
deal.py           whose turn a step is, where tasks have shares
"""
