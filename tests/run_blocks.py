"""Run blocks of Python in one process, one after the other, each as a program of its own. Input: JSON [text of a block].

The last line of output is JSON, for each block [its output, its traceback or ""].
"""

import contextlib
import io
import json
import sys
import traceback


def run(text):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(text, "block", "exec"), {"__name__": "__main__"})
    except BaseException:  # noqa: BLE001 - what it raised is the result
        return said.getvalue(), traceback.format_exc()
    return said.getvalue(), ""


if __name__ == "__main__":  # processes that a block spawns import this file too
    print("\n" + json.dumps([run(text) for text in json.load(sys.stdin)]))
