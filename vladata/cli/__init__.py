"""The command line: one command a file, options, one call, one summary.

Promise: `vladata --help` imports no command; a user's mistake gives its error's text and exit code, never a traceback.
May import everything.

    main.py      the table of commands, errors to exit codes
    reporting.py --json, --quiet, --verbose: what every command says and how
    rlds2vla.py  the options of `vladata convert rlds2vla`, and conversion.py what it does with them
"""
