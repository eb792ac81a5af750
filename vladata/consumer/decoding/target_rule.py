"""TargetRule: what a target may say, as a machine over its text.

    template  Plan: {plan}. Action: {action}
    parts     "Plan: " | plan, free | ". Action: " | action, held to the codec's automaton

    with a vocabulary, the action is said by the token ids that stand for its bins (vladata/vocabularies)

A free part ends where the words after it have been said, the first time; so a target is read back as it was held (target.py).
Words at the end of the template may be said in a free part before them, too: the target may then be over, or go on. A held part
may say what its automaton allows and ends where the automaton may. Words are said as they stand.

What was said may stand at several places of the template at once: the space after "1 2" can be the next number's, or that of
" go" behind the action. All of them are followed (Where), and one that cannot be gone on with is dropped.

Whatever is said by the rule up to its end is a whole target: an action of it parses, always.
"""

from collections.abc import Iterator, Mapping
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


Where = frozenset[State]
"""All places at which a target may stand; never none."""


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
        self.start: Where = frozenset({self._entered(0)})

    def after(self, where: Where, text: str) -> Where | None:
        """Where it stands after some more characters; None where no target goes on so."""
        for letter in text:
            where = frozenset(following for state in where for following in self._letter(state, letter))
            if not where:
                return None
        return where

    def said(self, where: Where, id: int, text: str) -> Where | None:
        """Where it stands after a token that adds `text`; None where no target goes on so."""
        state = self.by_ids_at(where)
        if state is not None and id in self._allowed(state).ids:
            return frozenset({State(state.part, (*state.inner, id))})
        return self.after(where, text) if text else None

    def may_end(self, where: Where) -> bool:
        """Whether what was said is a whole target."""
        return any(self._ends(state) for state in where)

    def by_ids_at(self, where: Where) -> State | None:
        """The state of a part that is said by token ids; None where text comes next."""
        for state in where:
            if state.part < len(self.parts) and self.parts[state.part].by_ids is not None:
                return state
        return None

    def ids(self, where: Where) -> frozenset[int]:
        """The ids of a vocabulary that may come next."""
        state = self.by_ids_at(where)
        return frozenset() if state is None else self._allowed(state).ids

    def is_free(self, where: Where) -> bool:
        """Whether any text may come next, but for what would make it unclear where a part ends."""
        return any(self._is_free(state) for state in where)

    def turns_at(self, where: Where) -> frozenset[str]:
        """In a free part: characters without which a text leaves it free."""
        found = set()
        for state in where:
            words = self._words(state.part + 1), self._words(state.part - 1)
            found |= {each[-1] for each in words if self._is_free(state) and each}
        return frozenset(found)

    def letters(self, where: Where) -> frozenset[str]:
        """The characters that may come next, in a state that is not free."""
        return frozenset(letter for state in where for letter in self._letters(state))

    def closing(self, where: Where) -> Where:
        """Where one stands who says no more in a free part: at the words after it, or at the end."""
        return frozenset(self._closed(state) for state in where) if self.is_free(where) else where

    def _closed(self, state: State) -> State:
        if not self._is_free(state):
            return state
        words = self._words(state.part + 1)
        own = state.inner[0]
        said = next((n for n in range(len(words) - 1, 0, -1) if own.endswith(words[:n])), 0)
        return State(state.part + 1, said if words else None)

    def _letters(self, state: State) -> frozenset[str]:
        if state.part >= len(self.parts):
            return frozenset()
        part, further = self.parts[state.part], frozenset[str]()
        if part.name == "":
            return frozenset(part.words[state.inner])
        if self._ends_part(state) and state.part + 1 < len(self.parts):
            further = self._letters(self._entered(state.part + 1))
        return further if part.automaton is None else part.automaton.allowed(state.inner) | further

    def _letter(self, state: State, letter: str) -> Iterator[State]:
        """The states after one more character."""
        if state.part >= len(self.parts):
            return
        part = self.parts[state.part]
        if self._is_free(state):
            yield from self._freely(state, letter)
        elif part.name == "":
            if part.words[state.inner] == letter:
                said = state.inner + 1
                yield State(state.part, said) if said < len(part.words) else self._entered(state.part + 1)
        else:
            following = part.automaton.after(state.inner, letter) if part.automaton is not None else None
            if following is not None:
                yield State(state.part, following)
            if self._ends_part(state):
                yield from self._letter(self._entered(state.part + 1), letter)

    def _freely(self, state: State, letter: str) -> Iterator[State]:
        """A free part goes on, or is over with the words after it. The words before it may not come again, by which it would be
        unclear where it begins, but as a part of those after it: who has said them has to say these."""
        words, before = self._words(state.part + 1), self._words(state.part - 1)
        own, all_said = (said + letter for said in state.inner)
        is_last = state.part + 2 >= len(self.parts)
        if words and own.endswith(words):
            yield self._entered(state.part + 2)
            if not is_last:
                return
        if before and all_said.endswith(before):
            for said in range(1, len(words)):
                if own.endswith(words[:said]):
                    yield State(state.part + 1, said)
            return
        yield State(
            state.part, (own[-len(words) :] if words else "", all_said[-len(before) :] if before else "")
        )

    def _words(self, number: int) -> str:
        """The words between two parts, or at the end; "" where there are none, and for those at the beginning."""
        return self.parts[number].words if 0 < number < len(self.parts) else ""

    def _entered(self, number: int) -> State:
        if number >= len(self.parts):
            return State(number, None)
        part = self.parts[number]
        if part.automaton is not None:
            return State(number, part.automaton.start)
        if part.by_ids is not None:
            return State(number, ())
        return State(number, ("", self._words(number - 1)[1:]) if part.name else 0)

    def _ends(self, state: State) -> bool:
        if state.part >= len(self.parts):
            return True
        return state.part + 1 == len(self.parts) and self._ends_part(state)

    def _ends_part(self, state: State) -> bool:
        """Whether a part may be over here."""
        part = self.parts[state.part]
        if part.by_ids is not None:
            return self._allowed(state).may_end
        if part.automaton is not None:
            return part.automaton.is_end(state.inner)
        return part.name != ""

    def _allowed(self, state: State) -> Allowed:
        by_ids = self.parts[state.part].by_ids
        assert by_ids is not None
        return by_ids.allowed(state.inner)

    def _is_free(self, state: State) -> bool:
        if state.part >= len(self.parts):
            return False
        part = self.parts[state.part]
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
