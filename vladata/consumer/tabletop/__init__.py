"""A world of coloured shapes on a table, for training and evaluating a policy without any download; drawn with numpy only.

words.py     colours, glyphs and their words: those in robot data, and those in web data only
glyphs.py    glyphs as masks
scene.py     the objects on the table, the table and the arm
picture.py   a scene as a picture
tasks.py     the tasks of instructions: goals, and conditions of success
asked.py     the tasks other than "reach", with their instructions
suites.py    trials by suite, and the novelty of each suite
world.py     a trial played step by step, and the expert
env.py       the world as an environment of Gymnasium
episodes.py  demonstrations as RLDS
web.py       pictures with words, as tars
write.py     the command that writes demonstrations and pictures

robot.yaml, web.yaml                             schema and corpus of the written data
mixture.yaml                                     a mixture of both
two_queries.yaml, one_query.yaml, action_alone.yaml, object_mask.yaml  recipes
"""
