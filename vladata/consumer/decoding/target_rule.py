"""TargetRule: what a target may say, as a machine over its text.

    template  Plan: {plan}. Action: {action}
    parts     "Plan: " | plan, free | ". Action: " | action, held to the codec's automaton

    with a vocabulary, the action is said by the token ids that stand for its bins (vladata/vocabularies)

A free part ends where the words after it have been said, the first time; so a target is read back as it was held (target.py). A
held part may say what its automaton allows and ends where the automaton may. Words are said as they stand.

Whatever is said by the rule up to its end is a whole target: an action of it parses, always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.actions.automaton import Automaton
from vladata.language.prompts import pieces
from vladata.vocabularies.allowed import Allowed, BinsAllowed, allowed_ids
from vladata.vocabularies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class State:
    """Where a target stands. part: which part is being said; as many as there are: nothing may follow.

    inner: of words how many characters were said, of a free part its last characters, of a held one the automaton's state, of one
    that is said by ids those ids."""

    part: int
    inner: Any


@dataclass(frozen=True)
class ByIds:
    """How a part is said by the token ids of a vocabulary."""

    vocabulary: Vocabulary
    bins_allowed: BinsAllowed

    def allowed(self, so_far: tuple[int, ...]) -> Allowed:
        """What may follow some ids."""
        return allowed_ids(self.vocabulary, so_far, self.bins_allowed)


@dataclass(frozen=True, slots=True)
class Part:
    """A part. name: of its place; "" for words, which are `words`.   automaton: what holds it.   by_ids: how it is said by token
    ids. Neither: free."""

    name: str
    words: str = ""
    automaton: Automaton | None = None
    by_ids: ByIds | None = None


class TargetRule:
    """What targets of one template may say."""

    def __init__(
        self, template: str, automata: Mapping[str, Automaton], by_ids: Mapping[str, ByIds] | None = None
    ) -> None:
        """automata: by place, of those that are held.   by_ids: of those that are said by ids. The others are free."""
        self.template = template
        self.parts = tuple(
            Part(piece, "", automata.get(piece), (by_ids or {}).get(piece)) if is_place else Part("", piece)
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
        if part.by_ids is not None:
            return part.by_ids.allowed(state.inner).may_end
        return part.automaton is None or part.automaton.is_end(state.inner)

    def by_ids(self, state: State) -> ByIds | None:
        """How the part is said by token ids; None where it is text."""
        return self.parts[state.part].by_ids if state.part < len(self.parts) else None

    def said(self, state: State, id: int, text: str) -> State | None:
        """The state after a token that adds `text`; None where no target goes on so."""
        ids = self.by_ids(state)
        if ids is None:
            return self.after(state, text) if text else None
        if id in ids.allowed(state.inner).ids:
            return State(state.part, (*state.inner, id))
        ends = ids.allowed(state.inner).may_end and state.part + 1 < len(self.parts)
        return self.after(self._entered(state.part + 1), text) if ends and text else None

    def is_free(self, state: State) -> bool:
        """Whether any text may come next."""
        return state.part < len(self.parts) and self._is_free(self.parts[state.part])

    def letters(self, state: State) -> frozenset[str]:
        """The characters that may come next, in a state that is not free."""
        if state.part >= len(self.parts):
            return frozenset()
        part = self.parts[state.part]
        if part.by_ids is not None:
            ends = part.by_ids.allowed(state.inner).may_end and state.part + 1 < len(self.parts)
            return self.letters(self._entered(state.part + 1)) if ends else frozenset()
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
        if part.by_ids is not None:
            return State(number, ())
        return State(number, "" if part.name else 0)

    def _letter(self, state: State, letter: str) -> State | None:
        if state.part >= len(self.parts):
            return None
        part = self.parts[state.part]
        if part.by_ids is not None:
            return None  # no text says it
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
        return bool(part.name) and part.automaton is None and part.by_ids is None


def _joined(template: str) -> list[tuple[bool, str]]:
    """Words and places in turn, words that stand beside each other as one."""
    found: list[tuple[bool, str]] = []
    for is_place, piece in pieces(template):
        if not is_place and found and not found[-1][0]:
            found[-1] = (False, found[-1][1] + piece)
        elif piece:
            found.append((is_place, piece))
    return found
