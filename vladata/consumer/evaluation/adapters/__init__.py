"""Environments that ship, one a file.

tabletop.py  the table of shapes (vladata/consumer/tabletop)
babyai.py    grid worlds with instructions, of minigrid
metaworld.py an arm at a table, of metaworld

babyai.yaml, metaworld.yaml, babyai_recipe.yaml, metaworld_recipe.yaml  how demonstrations of them are converted
"""
