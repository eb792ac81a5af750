"""The declarations that ship with vladata, installed as `vladata.schemas`: data files only, no code.

datasets/    robot datasets, one per file: the fields of images, instruction, state and action, and how they are standardised
corpora/     web corpora, one per file: the layout of the files, and the texts that make pairs with an image
robots/      robots: the keys of their messages that hold the cameras, the state and the instruction
recipes/     recipes: how steps are rendered as samples (prompt, target, codec, images)
mixtures/    mixtures: the datasets that RT-2 and other projects train on together, and their weights
questions/   questions to a model that annotates episodes
training/    configs for the training of models
evaluations/ evaluations: policies tried in an environment
jsonschema/  the allowed keys and values of the files above, for editors; exported from the models in `vladata.spec`
"""
