"""A target's template, both ways: parts put in, and parts read back.

    template  Plan: {plan}. Action: {action}
    target    Plan: pick rxbar chocolate. Action: 1 128 124 136 121 158 111 255
    parts     plan    "pick rxbar chocolate"          6..26
              action  "1 128 124 136 121 158 111 255"  36..65

A part may hold any text, also line ends, braces and full stops, if it stays clear where it ends: the words between the parts
must be found at the same places from the left and from the right. A target without this property is never written, and a text
without it is never read: the part that a reader takes for the action is the action.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import ParseError, UnfitRecord
from vladata.language.prompts import pieces, render


@dataclass(frozen=True, slots=True)
class TargetPart:
    """The text in a target for a word in braces, with the numbers of its first character and of the one after its last."""

    text: str
    start: int
    stop: int


class Target:
    """A template with words between its places. template: "Plan: {plan}. Action: {action}"."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.places: tuple[str, ...] = tuple(piece for is_place, piece in pieces(template) if is_place)
        around = [""]
        for is_place, piece in pieces(template):
            if is_place:
                around.append("")
            else:
                around[-1] += piece
        self._first, self._last = (around[0], around[-1]) if self.places else (template, "")
        self._between = around[1:-1]

    def render(self, parts: Mapping[str, str]) -> str:
        """Return the target with the parts put in. Raises UnfitRecord if they could not be read back."""
        text = render(self.template, **parts)
        if len(self.places) > 1 and self._starts(text) is None:
            raise UnfitRecord("unsayable", "a part of the target holds the words that follow it", got=text)
        return text

    def parse(self, text: str) -> dict[str, TargetPart]:
        """Return the parts of a target, by their places. Raises ParseError for a text that is not such a target."""
        if not self._framed(text):
            raise ParseError("the text does not fit the target", got=text, allowed=self.template)
        starts = self._starts(text)
        if starts is None:
            raise ParseError(
                "it is unclear where the parts of the target end", got=text, allowed=self.template
            )
        ends = [start for start, _ in starts] + [len(text) - len(self._last)]
        begins = [len(self._first)] + [stop for _, stop in starts]
        spans = zip(self.places, begins, ends, strict=True)
        return (
            {place: TargetPart(text[start:stop], start, stop) for place, start, stop in spans}
            if self.places
            else {}
        )

    def _framed(self, text: str) -> bool:
        """Return True if `text` begins and ends like the template and holds its other words in their order."""
        if not self.places:
            return text == self.template
        at, stop = len(self._first), len(text) - len(self._last)
        if at > stop or not (text.startswith(self._first) and text.endswith(self._last)):
            return False
        for words in self._between:
            at = text.find(words, at, stop)
            if at < 0:
                return False
            at += len(words)
        return True

    def _starts(self, text: str) -> list[tuple[int, int]] | None:
        """Return start and stop of the words between the parts; None if they differ from the left and from the right."""
        first, last = len(self._first), len(text) - len(self._last)
        forward, at = [], first
        for words in self._between:
            at = text.find(words, at, last)
            forward.append(at)
            at += len(words)
        backward, at = [], last
        for words in reversed(self._between):
            at = text.rfind(words, first, at)
            backward.append(at)
        backward.reverse()
        if forward != backward or -1 in forward:
            return None
        return [(start, start + len(words)) for start, words in zip(forward, self._between, strict=True)]


def targets_of(prompts: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Target, ...]]:
    """Return task -> its targets, from the wordings of several recipes as manifests have them; each template once."""
    found: dict[str, dict[str, None]] = {}
    for words in prompts:
        for name, task in words["tasks"].items():
            found.setdefault(name, {})[task["target"]] = None
    return {name: tuple(map(Target, templates)) for name, templates in found.items()}
