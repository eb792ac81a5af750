"""Plans as values: the bytes that are read together, and the shards that they become.

Promise: pure functions of (entries, seed, settings); no file is opened but the plan's own. The number of workers and the
runner are not among the inputs, so they cannot change a byte. May import layers 0 to 2 and index/entries.py.

    units.py    WorkUnit, Plan, make_plan
    orders.py   the orders in which samples are written
    quality.py  the quality of a plan's shuffle
    table.py    a plan as a file that workers open
"""
