"""A policy served to several robots, and the robots' side of it. Start reading at server.py and client.py.

server.py      one port, one policy, many robots; health, metrics, tokens, draining
settings.py    where, to how many, how long it waits
talking.py     one robot's conversation
greeting.py    the first message of the server
session.py     what a robot saw before, and the actions that it has not done yet
openpi.py      openpi's answers
vla_eval.py    vla-eval's messages
keys.py        from a robot's message to an observation, by the keys of its file
batching.py    questions of several robots asked together
served.py      what a server asks of a policy
wire.py        messages as bytes, and back, under limits
picture.py     a picture that came as a file
metrics.py     what the server counts
log.py         a line of JSON for what happens
client.py      vladata.Client: a robot's side
connecting.py  its connection
executing.py   chunks of actions done one by one, or averaged
"""
