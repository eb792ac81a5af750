"""A world of coloured shapes on a table, for closing the loop without a download: numpy alone draws it.

words.py     colours, glyphs and their words: what robots know, and what the web alone shows
glyphs.py    glyphs as masks
scene.py     what lies on the table
picture.py   a scene as a picture
tasks.py     what instructions ask for: goals, and when they are achieved
asked.py     instructions other than "reach"
suites.py    trials by suite: what is new in them
world.py     a trial played step by step, and the expert
env.py       the same as an environment of Gymnasium
episodes.py  demonstrations as RLDS
web.py       pictures with words as tars
write.py     both, from the command line

robot.yaml, web.yaml                             schema and corpus of what is written
mixture.yaml                                     both mixed
two_queries.yaml, one_query.yaml, action_alone.yaml, object_mask.yaml  recipes
"""
