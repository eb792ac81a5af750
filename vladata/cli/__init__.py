"""The command line: one file per command, with its options, one call and one summary.

Promise: `vladata --help` imports no command; a user's mistake gives its error's text and exit code, never a traceback.
    main.py            the table of commands, and errors as text and exit codes

    reporting.py       the options --json, --quiet and --verbose, and the output of every command
    writing.py         the options of all commands that write an output
    allowance.py       the option --max-rejected
    image_size.py      the option --image-size
    numbers.py         options that are numbers, with their limits
    completing.py      shell completion of shipped names
    choice.py          the options --select, --keep-ranges and --errata, which choose episodes and steps
    rlds2vla.py        the options of `vladata convert rlds2vla`
    conversion.py      the work of `vladata convert rlds2vla`
    web2vla.py         the options of `vladata convert web2vla`
    web_conversion.py  the work of `vladata convert web2vla`
    mixtures_ahead.py  remarks on shipped mixtures that cannot use the output of a web conversion

    retry.py           the options of `vladata retry`
    retrying.py        the work of `vladata retry`
    mix.py             the options of `vladata mix`
    mixing.py          the work of `vladata mix`
    keeping.py         the options --keep and --no-keep of `vladata mix`
    verify.py          `vladata verify`
    inspect.py         `vladata inspect`
    inspecting.py      the choice of the samples that `vladata inspect` shows
    sheet.py           contact sheets
    showing.py         actions as text
    showing_episodes.py  the summary of an output of whole episodes
    render.py          `vladata recipes render`
    index.py           `vladata index`
    stats.py           `vladata stats`
    doctor.py          `vladata doctor`
    specs.py           `vladata schemas` and `recipes`
    annotate.py        `vladata annotate`
    annotations.py     `vladata annotations`
    corpora.py         `vladata corpora`
    mixtures.py        `vladata mixtures`
    vocab.py           `vladata vocab`
    train.py           `vladata train`
    eval.py            `vladata eval`
    setting.py         the option --set of `vladata train` and `vladata eval`
    serve.py           `vladata serve`
"""
