"""Texts for the tests of codecs: whole ones, drawn under an automaton, and hostile ones near them."""

import random

import numpy as np

BLOCK = 20_000


class Walker:
    """Whole texts, drawn character by character among what an automaton allows: a block of them at once, by numbered states.

    counts:  [S] how many ways lead on from a state, its end among them; 0 where nobody has looked yet.
    letters: [S, K] the character of each, 0 of the end.   nexts: [S, K] the state after it, -1 of the end.
    """

    def __init__(self, machine):
        self.machine, self.numbers, self.states = machine, {machine.start: 0}, [machine.start]
        self.counts = np.zeros(64, np.int64)
        self.letters, self.nexts = np.zeros((64, 32), np.uint32), np.full((64, 32), -1)

    def number(self, state):
        """The number of a state, with room for what comes after it."""
        if state not in self.numbers:
            self.numbers[state] = len(self.states)
            self.states.append(state)
            if len(self.states) > len(self.counts):
                self.counts, self.letters, self.nexts = (
                    np.concatenate([each, np.zeros_like(each)])
                    for each in (self.counts, self.letters, self.nexts)
                )
        return self.numbers[state]

    def look(self, number):
        """Find out what comes after a state."""
        state = self.states[number]
        letters = sorted(self.machine.allowed(state))
        nexts = [self.number(self.machine.after(state, letter)) for letter in letters]
        ends = [0] * self.machine.is_end(state)
        self.counts[number] = len(letters) + len(ends)
        self.letters[number, : self.counts[number]] = [*map(ord, letters), *ends]
        self.nexts[number, : self.counts[number]] = [*nexts, *(-1 for _ in ends)]

    def texts(self, count, rng):
        """`count` of them."""
        at, live, columns = np.zeros(count, np.int64), np.arange(count), []
        while len(live):
            here = at[live]
            for number in np.unique(here[self.counts[here] == 0]).tolist():
                self.look(number)
            chosen = (rng.random(len(live)) * self.counts[here]).astype(np.int64)
            column = np.zeros(count, np.uint32)
            column[live], at[live] = self.letters[here, chosen], self.nexts[here, chosen]
            columns.append(column)
            live = live[at[live] >= 0]
        return np.stack(columns, axis=1).view(f"<U{len(columns)}").ravel().tolist()


def walks(codec, count, seed):
    """Whole texts drawn under the codec's automaton, `count` in all."""
    walker, rng = Walker(codec.automaton()), np.random.default_rng(seed)
    for start in range(0, count, BLOCK):
        yield from walker.texts(min(BLOCK, count - start), rng)


PIECES = [
    *"0123456789",
    " ",
    "  ",
    "-",
    "+",
    "-0",
    "00",
    "\n",
    "\t",
    ".",
    ",",
    "x",
    "٣",
    "²",
    "1_0",
    "1e3",
    "\x00",
    "\ud800",
    "é",
]


def hostile(good, count, seed):
    """Texts near `good`, right ones: these cut, joined, with a piece put in, taken out or exchanged; and pieces alone."""
    rng = random.Random(seed)
    for _ in range(count):
        text = rng.choice(good)
        at, kind = rng.randrange(len(text) + 1), rng.randrange(7)
        if kind == 0:
            yield text[:at]
        elif kind == 1:
            yield text + rng.choice(["", " ", "-"]) + rng.choice(good)
        elif kind == 2:
            yield text[:at] + rng.choice(PIECES) + text[at:]
        elif kind == 3:
            yield text[:at] + text[at + rng.randint(1, 3) :]
        elif kind == 4:
            yield text[:at] + rng.choice(PIECES) + text[at + 1 :]
        elif kind == 5:
            yield "".join(rng.choices(PIECES, k=rng.randrange(40)))
        else:
            numbers = text.split(" ")
            numbers[rng.randrange(len(numbers))] = str(
                rng.choice([-11, 21, 256, 1001, 10 ** rng.randrange(30), -1, 3])
            )
            yield " ".join(numbers)
