"""The declarations that ship with vladata, installed as `vladata.schemas`: data files only, no code.

datasets/    one robot dataset a file: where its images, instruction, state and action are, and how they are standardised
corpora/     one web corpus a file: how its files are laid out, and which of its texts make pairs with an image
robots/      which keys of a robot's messages hold which camera, the state and the instruction
recipes/     how steps are rendered as samples: prompt, target, codec, images
mixtures/    which datasets other projects train on together, at which weights
jsonschema/  what the files above may hold, for editors; exported from the models in `vladata.spec`
"""
