"""The state machine over characters of texts of ids, such as "412 87 5"; sequences.py says which ids may follow.

A state is (the state after the complete ids, the digits of the next id).
"""

from dataclasses import dataclass
from functools import cached_property

from vladata.actions.fast.sequences import Sequences, State

SPACE = " "
Spelled = tuple[State, str]


@dataclass(frozen=True)
class IdTexts:
    """The state machine over characters, made from a state machine over ids."""

    sequences: Sequences

    @property
    def start(self) -> Spelled:
        """The state before the first character."""
        return self.sequences.start, ""

    def after(self, state: Spelled, text: str) -> Spelled | None:
        """Return the state after the characters of `text`; None if no complete text continues like this."""
        ids, word = state
        for letter in text:
            if letter not in self.allowed((ids, word)):
                return None
            if letter == SPACE:
                found = self.sequences.after(ids, int(word))
                assert found is not None
                ids, word = found, ""
            else:
                word += letter
        return ids, word

    def allowed(self, state: Spelled) -> frozenset[str]:
        """Return the characters that may come next: digits of an id that may follow, or a space between two ids."""
        ids, word = state
        letters = self._words(ids).get(word, frozenset())
        if (after := self._after(state)) is not None and not self.sequences.is_end(after):
            return letters | {SPACE}
        return letters

    def is_end(self, state: Spelled) -> bool:
        """Return True if the last id is complete and completes the chunk."""
        after = self._after(state)
        return after is not None and self.sequences.is_end(after)

    def _after(self, state: Spelled) -> State | None:
        ids, word = state
        if not word or (word[0] == "0" and word != "0"):
            return None
        return self.sequences.after(ids, int(word))

    def _words(self, ids: State) -> dict[str, frozenset[str]]:
        """Return a map from each beginning of an id that may follow to the digits that may come next."""
        found = self._known.get(ids)
        if found is None:
            letters: dict[str, set[str]] = {}
            for number in self.sequences.allowed(ids).tolist():
                word = str(number)
                for size in range(len(word)):
                    letters.setdefault(word[:size], set()).add(word[size])
            found = self._known[ids] = {word: frozenset(digits) for word, digits in letters.items()}
        return found

    @cached_property
    def _known(self) -> dict[State, dict[str, frozenset[str]]]:
        return {}
