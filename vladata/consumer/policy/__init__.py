"""A trained model as a policy: observation and instruction in, action in physical units out.

load.py         vladata.policy: a checkpoint as a policy
policy.py       Policy: questions asked of the model, and its answers as an action. Start reading here
observation.py  what goes in and what comes out, as values
questions.py    which questions a recipe asks of a step, and in which order
checked.py      an observation held against what the model was trained with
pictures.py     pictures made as in training
"""
