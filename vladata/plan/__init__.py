"""Plans as values: which bytes are read together, and which shards they become.

Promise: pure functions of (entries, seed, settings); no file is opened but the plan's own. The number of workers and the
runner are not among the inputs, so they cannot change a byte. May import layers 0 to 2 and index/entries.py.

    units.py    WorkUnit, Plan, make_plan
    orders.py   in which order samples are written
    quality.py  how well a plan shuffles
    table.py    a plan as a file that workers open
"""
