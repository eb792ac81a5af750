"""Environments that ship, one a file.

tabletop.py  the table of shapes (vladata/consumer/tabletop)
babyai.py    grid worlds with instructions, of minigrid

babyai.yaml, babyai_recipe.yaml  how demonstrations of it are converted
"""
