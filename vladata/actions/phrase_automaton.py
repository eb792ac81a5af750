"""The state machine over characters of the texts of phrases.py: which character may come next, and where a text may end.

"move forward 3 cm, mo"  with dx dz dy      next: "v", from "move up", "move down", "move left" or "move right"
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vladata.actions.phrases import BETWEEN, STILL, Command, Motion, Phrases

State = tuple[int, str]


@dataclass(frozen=True)
class PhraseAutomaton:
    """The state machine over characters that accepts every text of `Phrases.text`, and no text that `parse` refuses.

    A state is (the count of dimensions that can no longer be named, the characters since the last separator).
    """

    phrases: Phrases

    @property
    def start(self) -> State:
        """The state before the first character."""
        return 0, ""

    def after(self, state: State, text: str) -> State | None:
        """Return the state after the characters of `text`; None if no complete text continues like this."""
        passed, said = state
        for letter in text:
            if letter not in self.allowed((passed, said)):
                return None
            said += letter
            if said.endswith(BETWEEN):
                passed, said = self._spoken(passed, said.removesuffix(BETWEEN)) + 1, ""
        return passed, said

    def allowed(self, state: State) -> frozenset[str]:
        """Return the characters that may come next."""
        passed, said = state
        if said.endswith(BETWEEN[0]):
            return frozenset(BETWEEN[1])
        letters = {letter for each in self._dimensions[passed:] for letter in _next(each, said)}
        if self._may_be_still and passed == 0 and STILL.startswith(said):
            letters |= set(STILL[len(said) : len(said) + 1])
        spoken = self._spoken(passed, said)
        if passed <= spoken < len(self._dimensions) - 1:
            letters.add(BETWEEN[0])
        return frozenset(letters)

    def is_end(self, state: State) -> bool:
        """Return True if the characters up to this state are a complete text."""
        passed, said = state
        if passed == 0 and said == STILL:
            return self._may_be_still
        spoken = self._spoken(passed, said)
        return spoken >= passed and not any(map(_must, self._dimensions[spoken + 1 :]))

    @property
    def _dimensions(self) -> Sequence[Motion | Command]:
        return tuple(self.phrases.dimensions.values())

    @property
    def _may_be_still(self) -> bool:
        return not any(map(_must, self._dimensions))

    def _spoken(self, passed: int, said: str) -> int:
        """Return the position of the dimension that the phrase `said` names, from `passed` on; -1 if it is not a phrase."""
        for i, each in enumerate(self._dimensions[passed:], passed):
            if _is_whole(each, said):
                return i
        return -1


def _must(each: Motion | Command) -> bool:
    return isinstance(each, Command) and each.always


def _is_whole(each: Motion | Command, said: str) -> bool:
    if isinstance(each, Command):
        return said in each.phrases.values()
    head, _, unit = said.rpartition(" ")
    words, _, digits = head.rpartition(" ")
    return words in (each.more, each.less) and _is_number(each, digits) and unit == each.named(int(digits))


def _next(each: Motion | Command, said: str) -> set[str]:
    """Return the characters that may follow `said`, the beginning of a phrase of a dimension."""
    if isinstance(each, Command):
        return {p[len(said)] for p in each.phrases.values() if p.startswith(said) and len(p) > len(said)}
    letters: set[str] = set()
    for words in (f"{each.more} ", f"{each.less} "):
        if words.startswith(said):
            letters |= set(words[len(said) : len(said) + 1]) or {
                d for d in "123456789" if _begins_number(each, d)
            }
        elif said.startswith(words):
            digits, space, unit = said[len(words) :].partition(" ")
            if not space:
                letters |= {d for d in "0123456789" if _begins_number(each, digits + d)}
                letters |= {" "} if _is_number(each, digits) else set()
            elif each.named(int(digits)).startswith(unit):
                letters |= set(each.named(int(digits))[len(unit) : len(unit) + 1])
    return letters


def _is_number(each: Motion, digits: str) -> bool:
    return digits.isdecimal() and int(digits) % each.step == 0 and 0 < int(digits) <= each.step * each.most


def _begins_number(each: Motion, digits: str) -> bool:
    """Return True if the decimal text of a number that a phrase can have begins with `digits`."""
    first, size, most = int(digits), 1, each.step * each.most
    while first <= most:
        last = min(first + size - 1, most)
        if last - last % each.step >= first:
            return True
        first, size = first * 10, size * 10
    return False
