"""TargetRule: the rule for the texts of a target, as a state machine.

    template  Plan: {plan}. Action: {action}
    parts     "Plan: " | plan, free | ". Action: " | action, limited by the codec's automaton

    with a vocabulary, the action is written with the token ids that stand for its bins (vladata/vocabularies)

Fixed words must be written exactly. A part with an automaton may have any text that the automaton allows, and may end where the
automaton may end. A free part ends where the words after it appear for the first time, so that the target is parsed as it was
written (target.py). Words at the end of the template may also appear inside the free part before them: then the target may end or
go on.

A text can be at several places of the template at the same time: the space after "1 2" can belong to the next number, or to " go"
after the action. All these states are followed together (Where), and a state that cannot continue is dropped.

Every text that the rule allows up to its end is a complete target, so its action can always be parsed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vladata.actions.automaton import Automaton
from vladata.language.prompts import pieces
from vladata.vocabularies.allowed import Allowed, BinsAllowed, allowed_ids
from vladata.vocabularies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class TargetState:
    """One state of a target.

    part:  the number of the part that is being written; the number of all parts if the target is complete.
    inner: in fixed words, the number of characters written; in a free part, its last characters; in a part with an automaton, the
           automaton's state; in a part that is written with token ids, these ids."""

    part: int
    inner: Any


Where = frozenset[TargetState]
"""All states that a target may be in; at least one."""


@dataclass(frozen=True)
class ByIds:
    """The rule of a part that is written with the token ids of a vocabulary."""

    vocabulary: Vocabulary
    bins_allowed: BinsAllowed

    def allowed(self, so_far: tuple[int, ...]) -> Allowed:
        """Return the ids that may follow `so_far`."""
        return allowed_ids(self.vocabulary, so_far, self.bins_allowed)


@dataclass(frozen=True, slots=True)
class RulePart:
    """A part of a target.

    name:      the name of its place; "" for fixed words.
    words:     the fixed words; "" for a place.
    automaton: the automaton that limits its text.
    by_ids:    its rule if it is written with token ids. A place with neither automaton nor by_ids is free."""

    name: str
    words: str = ""
    automaton: Automaton | None = None
    by_ids: ByIds | None = None


class TargetRule:
    """The rule for the targets of one template."""

    def __init__(
        self, template: str, automata: Mapping[str, Automaton], by_ids: Mapping[str, ByIds] | None = None
    ) -> None:
        """automata: place -> automaton.   by_ids: place -> its rule, if it is written with ids. All other places are free."""
        self.template = template
        self.parts = tuple(
            RulePart(piece, "", automata.get(piece), (by_ids or {}).get(piece))
            if is_place
            else RulePart("", piece)
            for is_place, piece in _joined(template)
        )
        self.start: Where = frozenset({self._entered(0)})

    def after(self, where: Where, text: str) -> Where | None:
        """Return the states after some more characters; None if the rule does not allow them."""
        for letter in text:
            where = frozenset(following for state in where for following in self._letter(state, letter))
            if not where:
                return None
        return where

    def said(self, where: Where, id: int, text: str) -> Where | None:
        """Return the states after a token that adds `text`; None if the rule does not allow it."""
        state = self.by_ids_at(where)
        if state is not None and id in self._allowed(state).ids:
            return frozenset({TargetState(state.part, (*state.inner, id))})
        return self.after(where, text) if text else None

    def may_end(self, where: Where) -> bool:
        """Return True if the text so far is a complete target."""
        return any(self._ends(state) for state in where)

    def by_ids_at(self, where: Where) -> TargetState | None:
        """Return the state of a part that is written with token ids; None if text comes next."""
        for state in where:
            if state.part < len(self.parts) and self.parts[state.part].by_ids is not None:
                return state
        return None

    def ids(self, where: Where) -> frozenset[int]:
        """Return the ids of a vocabulary that may come next."""
        state = self.by_ids_at(where)
        return frozenset() if state is None else self._allowed(state).ids

    def is_free(self, where: Where) -> bool:
        """Return True if any text may come next, except text that would make it unclear where a part ends."""
        return any(self._is_free(state) for state in where)

    def turns_at(self, where: Where) -> frozenset[str]:
        """Return the characters that can end a free part: a text without any of them stays in it."""
        found = set()
        for state in where:
            words = self._words(state.part + 1), self._words(state.part - 1)
            found |= {each[-1] for each in words if self._is_free(state) and each}
        return frozenset(found)

    def letters(self, where: Where) -> frozenset[str]:
        """Return the characters that may come next, if the rule is not free."""
        return frozenset(letter for state in where for letter in self._letters(state))

    def closing(self, where: Where, afresh: bool = False) -> Where:
        """Return the states after a free part is ended here: at the words after it, or at the end of the target.

        afresh: True to begin these words at their first character, even if the text already ends with some of them."""
        return frozenset(self._closed(state, afresh) for state in where) if self.is_free(where) else where

    def _closed(self, state: TargetState, afresh: bool) -> TargetState:
        if not self._is_free(state):
            return state
        words = self._words(state.part + 1)
        own = "" if afresh else state.inner[0]
        said = next((n for n in range(len(words) - 1, 0, -1) if own.endswith(words[:n])), 0)
        return TargetState(state.part + 1, said if words else None)

    def _letters(self, state: TargetState) -> frozenset[str]:
        if state.part >= len(self.parts):
            return frozenset()
        part, further = self.parts[state.part], frozenset[str]()
        if part.name == "":
            return frozenset(part.words[state.inner])
        if self._ends_part(state) and state.part + 1 < len(self.parts):
            further = self._letters(self._entered(state.part + 1))
        return further if part.automaton is None else part.automaton.allowed(state.inner) | further

    def _letter(self, state: TargetState, letter: str) -> Iterator[TargetState]:
        """Yield the states after one more character."""
        if state.part >= len(self.parts):
            return
        part = self.parts[state.part]
        if self._is_free(state):
            yield from self._freely(state, letter)
        elif part.name == "":
            if part.words[state.inner] == letter:
                said = state.inner + 1
                yield (
                    TargetState(state.part, said) if said < len(part.words) else self._entered(state.part + 1)
                )
        else:
            following = part.automaton.after(state.inner, letter) if part.automaton is not None else None
            if following is not None:
                yield TargetState(state.part, following)
            if self._ends_part(state):
                yield from self._letter(self._entered(state.part + 1), letter)

    def _freely(self, state: TargetState, letter: str) -> Iterator[TargetState]:
        """Yield the states after one more character of a free part: it goes on, or it ends with the words after it.

        The words before the part must not appear in it again, because then it would be unclear where the part begins. One
        exception: they may be the beginning of the words after the part; then the rest of these words must follow."""
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
                    yield TargetState(state.part + 1, said)
            return
        yield TargetState(
            state.part, (own[-len(words) :] if words else "", all_said[-len(before) :] if before else "")
        )

    def _words(self, number: int) -> str:
        """Return the fixed words of part `number`, between two places or at the end; "" at the beginning, and for other parts."""
        return self.parts[number].words if 0 < number < len(self.parts) else ""

    def _entered(self, number: int) -> TargetState:
        if number >= len(self.parts):
            return TargetState(number, None)
        part = self.parts[number]
        if part.automaton is not None:
            return TargetState(number, part.automaton.start)
        if part.by_ids is not None:
            return TargetState(number, ())
        return TargetState(number, ("", self._words(number - 1)[1:]) if part.name else 0)

    def _ends(self, state: TargetState) -> bool:
        if state.part >= len(self.parts):
            return True
        return state.part + 1 == len(self.parts) and self._ends_part(state)

    def _ends_part(self, state: TargetState) -> bool:
        """Return True if the part may end here."""
        part = self.parts[state.part]
        if part.by_ids is not None:
            return self._allowed(state).may_end
        if part.automaton is not None:
            return part.automaton.is_end(state.inner)
        return part.name != ""

    def _allowed(self, state: TargetState) -> Allowed:
        by_ids = self.parts[state.part].by_ids
        assert by_ids is not None
        return by_ids.allowed(state.inner)

    def _is_free(self, state: TargetState) -> bool:
        if state.part >= len(self.parts):
            return False
        part = self.parts[state.part]
        return bool(part.name) and part.automaton is None and part.by_ids is None


def _joined(template: str) -> list[tuple[bool, str]]:
    """Return the words and places of a template in order, with adjacent words joined."""
    found: list[tuple[bool, str]] = []
    for is_place, piece in pieces(template):
        if not is_place and found and not found[-1][0]:
            found[-1] = (False, found[-1][1] + piece)
        elif piece:
            found.append((is_place, piece))
    return found
