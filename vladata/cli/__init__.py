"""The command line: one command a file, options, one call, one summary.

Promise: `vladata --help` imports no command; a user's mistake gives its error's text and exit code, never a traceback.
May import everything.

    main.py            the table of commands, errors to exit codes
    reporting.py       --json, --quiet, --verbose: what every command says and how
    writing.py         the options of whatever writes an output; allowance.py has --max-rejected,
                       image_size.py --image-size
    completing.py      shell completion of names that ship
    numbers.py         numbers as options, with their limits
    choice.py          --select, --keep-ranges, --errata: which episodes and steps a command takes

    image_size.py      the option --image-size

    rlds2vla.py        the options of `vladata convert rlds2vla`, and conversion.py what it does with them
    web2vla.py         the options of `vladata convert web2vla`, and web_conversion.py what it does with them;
                       mixtures_ahead.py says what shipped mixtures want of the output
    retry.py           the options of `vladata retry`, and retrying.py what it does with them
    mix.py             the options of `vladata mix`, and mixing.py what it does with them; keeping.py has its --keep and
                       --no-keep
    verify.py          `vladata verify`
    inspect.py         `vladata inspect`; inspecting.py chooses its samples, sheet.py draws its contact sheet, showing.py spells
                       actions,
                       showing_episodes.py tells of whole episodes
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
    eval.py            `vladata eval`; setting.py is its option --set, and that of `vladata train`
    serve.py           `vladata serve`
"""
