"""The commands as functions: what `vladata convert`, `retry`, `mix`, `doctor` and `verify` do, without a command line.

Every step can be killed at any moment; the same call continues from the files that are there. The work itself is done by
supervised processes or on a Beam runner, which run the graphs of pipelines/ and import their code by name.

    work.py      pieces of work done with a progress bar: files indexed, units written
    rlds2vla.py  convert robot episodes: index, plan, units, commit
    web2vla.py   convert a web corpus: index, filters, plan, units, commit
    retry.py     convert again after a correction, only the units that have changed
    mix.py       write a mixture as shards: plan, units, commit
    doctor.py    examine a robot dataset: index, findings
    functions.py vladata.convert, begin, mix, verify and examine: the commands for a program
    verify.py    an output compared with its manifest and its source
    vocabularies.py  codecs and texts of recipes and outputs, from which a vocabulary is made and with which it is checked
"""
