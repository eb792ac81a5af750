"""Instructions as recorded, and the prompts and targets that are made from them.

Text is changed only as the recipe says, and text that is put into a template is never read as a template.

instructions.py   normalisation of an instruction before it is put into a prompt
prompts.py        templates and their values; a recipe's wording and its digest
target.py         targets: written from a template and parts, and read back into parts
coordinates.py    points of a picture as text
movement.py       the motion of an arm, in ECoT's words
gripper_events.py the next event of a gripper, as text
pairs.py          one image-text pair -> its prompt and its target
tasks/            the steps of an episode -> their prompts and targets, one file per kind of task
"""
