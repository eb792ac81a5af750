"""A policy server for several robots, and the robots' client. Start reading at server.py and client.py.

server.py      one port, one policy, many robots; health, metrics, tokens, a clean stop
settings.py    address, number of robots, time limits
token.py       the environment variable that holds the token
opening.py     a limit on connections that have not finished the opening handshake
talking.py     the conversation with one robot
greeting.py    the first message of the server
session.py     the state of one connection: earlier frames, and actions that are not done yet
openpi.py      answers in openpi's protocol
vla_eval.py    messages of vla-eval's protocol
keys.py        from a robot's message to an observation, by the keys in its robot file
batching.py    questions of several robots, answered in one batch
served.py      the interface of a policy that can be served
wire.py        messages to bytes and back, under limits
picture.py     a picture that arrives as a PNG or JPEG file
metrics.py     the server's counts, for Prometheus
log.py         one line of JSON for each event
client.py      vladata.Client, for a robot
connecting.py  the client's connection
executing.py   chunks of actions, done one by one or averaged
"""
