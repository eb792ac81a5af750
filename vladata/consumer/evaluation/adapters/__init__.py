"""Environments that ship, one in each file.

tabletop.py  the table of shapes (vladata/consumer/tabletop)
babyai.py    grid worlds with instructions, of minigrid
metaworld.py an arm at a table, of metaworld

babyai.yaml, metaworld.yaml, babyai_recipe.yaml, metaworld_recipe.yaml  schemas and recipes for their demonstrations
"""
