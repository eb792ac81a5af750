"""The experiment of RT-2 in miniature: scratch, fine-tuned and co-fine-tuned policies from generated data.

    python -m vladata.consumer.mini_rt2 OUT        or make mini-rt2

Everything goes through the commands that users have: episodes and pictures are written as RLDS and tars, converted, mixed,
trained on and evaluated by `vladata`. What was done is not done again.

    __main__.py  the command. Start reading here
    plan.py      which commands, and what each waits for
    choosing.py  the learning rate of each arm
    command.py   what the commands take
    stages.py    beside it: plan and action against action alone, on tasks of one and of two stages
    runner.py    several commands at once, each once
    web_skill.py what a model still knows of the web
    table.py     what came of it
"""
