"""Tasks: the questions about a step of a robot's episode.

A task is a pure function of the steps of one episode and its settings; it opens no image and no file.

task.py           the input of a task, and the declaration of a kind of task
table.py          the kinds by name, one per file: action.py, instruction.py, state.py, steps_between.py, success.py, plan.py,
                  subtask.py, memory.py, paraphrase.py, box.py, point.py, trace.py, subgoal.py, movement.py, annotation.py
places.py         the words in braces that every kind of task may use
speak.py          the prompts and targets of an episode's steps, by the wording of a recipe
deal.py           the choice of one task for each step, if tasks have shares
"""
