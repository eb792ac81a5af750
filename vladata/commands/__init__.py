"""The commands as functions: what `vladata convert`, `retry`, `mix`, `doctor` and `verify` do, without a command line.

Every step can be killed at any moment; the same call goes on from what is really there. The work itself is done by supervised
processes or on a Beam runner, which run the graphs of pipelines/ and import their code by name. May import layers 0 to 5.

    work.py      pieces of work done with a progress bar: files indexed, units written
    rlds2vla.py  index, plan, units and commit of robot episodes
    web2vla.py   the same of a web corpus
    retry.py     a conversion tried again, of which only what has changed is made
    mix.py       the same of a mixture, whose sources are indexed already
    doctor.py    index and examination of a robot dataset
    functions.py vladata.convert, begin, mix, verify and examine: all of these for a program
    verify.py    an output held against its manifest and its source
    vocabularies.py  what a vocabulary is made for and checked with: codecs and texts of recipes and outputs
"""
