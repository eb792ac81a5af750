"""TargetRule: what a target may say, as a machine over its text.

    template  Plan: {plan}. Action: {action}
    parts     "Plan: " | plan, free | ". Action: " | action, held to the codec's automaton

A free part ends where the words after it have been said, the first time; so a target is read back as it was held (target.py). A
held part may say what its automaton allows and ends where the automaton may. Words are said as they stand.

Whatever is said by the rule up to its end is a whole target: an action of it parses, always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.actions.automaton import Automaton
from vladata.language.prompts import pieces


@dataclass(frozen=True, slots=True)
class State:
    """Where a target stands. part: which part is being said; as many as there are: nothing may follow.

    inner: of words how many characters were said, of a free part its last characters, of a held one the automaton's state."""

    part: int
    inner: Any


@dataclass(frozen=True, slots=True)
class Part:
    """A part. name: of its place; "" for words, which are `words`. automaton: what holds it; None: free."""

    name: str
    words: str = ""
    automaton: Automaton | None = None


class TargetRule:
    """What targets of one template may say."""

    def __init__(self, template: str, automata: Mapping[str, Automaton]) -> None:
        """automata: by place, of those that are held; the others are free."""
        self.template = template
        self.parts = tuple(
            Part(piece, automaton=automata.get(piece)) if is_place else Part("", piece)
            for is_place, piece in _joined(template)
        )

    @property
    def start(self) -> State:
        """The state before anything is said."""
        return self._entered(0)

    def after(self, state: State, text: str) -> State | None:
        """The state after some more characters; None where no target goes on so."""
        for letter in text:
            following = self._letter(state, letter)
            if following is None:
                return None
            state = following
        return state

    def may_end(self, state: State) -> bool:
        """Whether what was said is a whole target."""
        if state.part >= len(self.parts):
            return True
        part, is_last = self.parts[state.part], state.part + 1 == len(self.parts)
        if part.name == "" or not is_last:
            return False
        return part.automaton is None or part.automaton.is_end(state.inner)

    def is_free(self, state: State) -> bool:
        """Whether any text may come next."""
        return state.part < len(self.parts) and self._is_free(self.parts[state.part])

    def letters(self, state: State) -> frozenset[str]:
        """The characters that may come next, in a state that is not free."""
        if state.part >= len(self.parts):
            return frozenset()
        part = self.parts[state.part]
        if part.automaton is None:
            return frozenset(part.words[state.inner])
        found = part.automaton.allowed(state.inner)
        if part.automaton.is_end(state.inner) and state.part + 1 < len(self.parts):
            found |= self.letters(self._entered(state.part + 1))
        return found

    def hurried(self, state: State) -> State:
        """The state of one who says no more in a free part: at the words after it, or at the end."""
        return self._entered(state.part + 1) if self.is_free(state) else state

    def _entered(self, number: int) -> State:
        if number >= len(self.parts):
            return State(number, None)
        part = self.parts[number]
        if part.automaton is not None:
            return State(number, part.automaton.start)
        return State(number, "" if part.name else 0)

    def _letter(self, state: State, letter: str) -> State | None:
        if state.part >= len(self.parts):
            return None
        part = self.parts[state.part]
        if self._is_free(part):
            return self._freely(state, letter)
        if part.automaton is None:
            if part.words[state.inner] != letter:
                return None
            said = state.inner + 1
            return State(state.part, said) if said < len(part.words) else self._entered(state.part + 1)
        following = part.automaton.after(state.inner, letter)
        if following is not None:
            return State(state.part, following)
        ends = part.automaton.is_end(state.inner) and state.part + 1 < len(self.parts)
        return self._letter(self._entered(state.part + 1), letter) if ends else None

    def _freely(self, state: State, letter: str) -> State:
        if state.part + 1 == len(self.parts):
            return state
        words = self.parts[state.part + 1].words
        said = state.inner + letter
        if said.endswith(words):
            return self._entered(state.part + 2)
        return State(state.part, said[-(len(words) - 1) :] if len(words) > 1 else "")

    @staticmethod
    def _is_free(part: Part) -> bool:
        return bool(part.name) and part.automaton is None


def _joined(template: str) -> list[tuple[bool, str]]:
    """Words and places in turn, words that stand beside each other as one."""
    found: list[tuple[bool, str]] = []
    for is_place, piece in pieces(template):
        if not is_place and found and not found[-1][0]:
            found[-1] = (False, found[-1][1] + piece)
        elif piece:
            found.append((is_place, piece))
    return found
