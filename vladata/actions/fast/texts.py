"""The texts of id sequences, character by character: "412 87 5", where sequences.py says which ids may follow.

A state is (the state of the ids that are whole, the digits of the one after them).
"""

from dataclasses import dataclass
from functools import cached_property

from vladata.actions.fast.sequences import Sequences, State

SPACE = " "
Spelled = tuple[State, str]


@dataclass(frozen=True)
class IdTexts:
    """The machine over characters that goes with a machine over ids."""

    sequences: Sequences

    @property
    def start(self) -> Spelled:
        """Nothing said yet."""
        return self.sequences.start, ""

    def after(self, state: Spelled, text: str) -> Spelled | None:
        """The state after `text`; None where no whole text goes on so."""
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
        """Digits that lead to an id which may follow; a space after one that is not the last."""
        ids, word = state
        letters = self._words(ids).get(word, frozenset())
        if (after := self._after(state)) is not None and not self.sequences.is_end(after):
            return letters | {SPACE}
        return letters

    def is_end(self, state: Spelled) -> bool:
        """Whether the last id is whole and makes the chunk whole."""
        after = self._after(state)
        return after is not None and self.sequences.is_end(after)

    def _after(self, state: Spelled) -> State | None:
        ids, word = state
        if not word or (word[0] == "0" and word != "0"):
            return None
        return self.sequences.after(ids, int(word))

    def _words(self, ids: State) -> dict[str, frozenset[str]]:
        """What an id that may follow begins with -> the digits that may come next."""
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
