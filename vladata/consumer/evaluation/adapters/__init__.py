"""Environments that ship, one a file.

tabletop.py  the table of shapes (vladata/consumer/tabletop)
babyai.py    grid worlds with instructions, of minigrid; babyai.yaml and babyai_recipe.yaml say how its demonstrations are converted
"""
