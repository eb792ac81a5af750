"""The display of long work: lines for a file, a bar for a terminal, nothing when quiet."""

import os
import re
import sys
from threading import Event

import pytest

from vladata import progress
from vladata.progress import Progress


class Work:
    """Work that gets on by 10 of 40 each time it is asked. enough: it has been asked 4 times."""

    def __init__(self):
        self.asked, self.enough = 0, Event()

    def done(self):
        self.asked += 1
        if self.asked == 4:
            self.enough.set()
        return min(40, 10 * self.asked)


@pytest.fixture
def work(monkeypatch):
    monkeypatch.setattr(progress, "ASK_EVERY", 0.01)
    monkeypatch.setattr(progress, "LINE_EVERY", 0)
    return Work()


def test_lines_where_there_is_no_terminal(work, capsys):
    with Progress("Convert", "samples", 40, work.done, quiet=False):
        work.enough.wait(60)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"Convert: 20 of 40 samples \(50%\), [\d,]+ a second, [\d,]+ s left", lines[0])
    assert re.fullmatch(r"Convert: 40 of 40 samples \(100%\), [\d,]+ a second, 0 s left", lines[2])


def test_the_rate_leaves_out_what_an_earlier_run_did(work):
    shown = Progress("Convert", "samples", 40, lambda: 30, quiet=False)
    assert shown._line(before=20, seconds=5) == "Convert: 30 of 40 samples (75%), 2 a second, 5 s left"
    assert shown._line(before=30, seconds=5) == "Convert: 30 of 40 samples (75%), 0 a second"


def test_a_bar_on_a_terminal(work, monkeypatch):
    screen, terminal = os.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with open(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with Progress("Convert", "samples", 40, work.done, quiet=False):
            work.enough.wait(60)
        shown = os.read(screen, 1 << 20).decode()
    os.close(screen)
    assert "Convert" in shown
    assert re.search(r"━.* +\d+%.* of 40 samples", shown)


def test_nothing_when_quiet(work, capsys):
    with Progress("Convert", "samples", 40, work.done, quiet=True):
        pass
    assert (work.asked, capsys.readouterr().err) == (0, "")
