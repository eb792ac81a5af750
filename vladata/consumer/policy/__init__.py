"""A trained model as a policy: observation and instruction in, action in physical units out.

load.py         vladata.policy: a checkpoint as a policy
policy.py       Policy: it asks the model questions, and makes an action from the answers. Start reading here
observation.py  Observation and Action, the input and the output
questions.py    the questions that a recipe asks about a step, in order
checked.py      checks of an observation against the data of the training
pictures.py     pictures made as in training
"""
