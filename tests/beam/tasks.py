"""What the workers of test_crew.py do: each item is a file of that name, made when it is done."""

import os
import signal
import sys
import time
from pathlib import Path

from vladata.errors import BadImage


def make(folder, items):
    for item in items:
        Path(folder, item).touch()


def print_and_make(folder, items):
    print("a library that talks")
    sys.stdout.flush()
    make(folder, items)


def make_one_and_die(folder, items):
    make(folder, items[:1])
    os.kill(os.getpid(), signal.SIGKILL)


def die_the_first_time(folder, items):
    if not (tried := Path(folder, "tried")).exists():
        tried.touch()
        os._exit(7)
    make(folder, items)


def die(folder, items):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(folder, items):
    raise BadImage("it is cut", where="image 3", hint="Fetch it again.")


def be_refused(folder, items):
    Path(folder, "no such folder", "file").write_text("")


def stumble(folder, items):
    raise ZeroDivisionError("one by nothing")


def linger(folder, items):
    Path(folder, "lingers").touch()
    time.sleep(600)
