"""Words: instructions as recorded, and the prompts and targets that are made of them.

Imports specs, and the windows of vladata/transforms.

Promise: text is changed only as the recipe says, and text that is put into a template is never read as one.

instructions.py   what is done to an instruction before it is put into a prompt
prompts.py        templates with {instruction} and {action}, {question} and {answer}; a recipe's words and their digest
pairs.py          one image-text pair -> its prompt and its target
tasks/            the steps of an episode -> their prompts and targets, a file a task
"""
