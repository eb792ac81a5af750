"""RT-2's experiment in miniature: policies trained from scratch, fine-tuned and co-fine-tuned, on generated data.

    python -m vladata.consumer.mini_rt2 OUT        or make mini-rt2

Every step is a command that users have: episodes and pictures are written as RLDS and tars, then converted, mixed, trained on and
evaluated by `vladata`. A step that is done is not repeated.

    __main__.py  the command. Start reading here
    plan.py      the commands, and their order
    choosing.py  the learning rate of each arm
    command.py   options, progress lines and the clock of the two experiments
    stages.py    a second experiment: plan and action against action alone, on tasks with one and with two stages
    runner.py    a runner of several commands at once, each of them once
    web_skill.py a test of how much of the web data a model still knows
    table.py     the table of results
"""
