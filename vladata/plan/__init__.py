"""Plans as values: which episodes are read together, and which shards are made from them.

A plan is a pure function of entries, seed and settings; no file is opened except the plan's own. The number of workers and the
runner are not among the inputs, so they cannot change a byte.

    units.py    Plan and its WorkUnits, and make_plan, which makes them
    orders.py   the orders in which samples are written
    quality.py  the quality of a plan's shuffle
    table.py    a plan as a file that workers open
"""
