"""Targets: written from a template and parts, and read back into parts.

    template  Plan: {plan}. Action: {action}
    target    Plan: pick rxbar chocolate. Action: 1 128 124 136 121 158 111 255
    parts     plan    "pick rxbar chocolate"          6..26
              action  "1 128 124 136 121 158 111 255"  36..65

A part may be any text, also with line ends, braces and full stops, as long as its end is clear: the words between the parts
must be found at the same places from the left and from the right. A target without this property is never written, and a text
without it is never read. So the part that is read as the action is the action that was written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import ParseError, UnfitRecord
from vladata.language.prompts import pieces, render


@dataclass(frozen=True, slots=True)
class TargetPart:
    """The text in a target for a word in braces. start, stop: the positions of its first character and after its last."""

    text: str
    start: int
    stop: int


class Target:
    """A template of targets, with text between each two words in braces: "Plan: {plan}. Action: {action}"."""

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
        """Return the target with its words in braces replaced by `parts`. Raises UnfitRecord if they could not be read back."""
        text = render(self.template, **parts)
        if len(self.places) > 1 and self._starts(text) is None:
            raise UnfitRecord("unsayable", "a part of the target holds the words that follow it", got=text)
        return text

    def parse(self, text: str) -> dict[str, TargetPart]:
        """Return a map from words in braces to the parts of a target. Raises ParseError for a text that is not such a target."""
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
        """Return True if `text` begins and ends like the template and has the text between the parts in the same order."""
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
        """Return start and stop of each text between two parts; None if the search from the right finds other places."""
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
    """Return a map from task to its targets, each template once. prompts: the wordings of several recipes, from manifests."""
    found: dict[str, dict[str, None]] = {}
    for words in prompts:
        for name, task in words["tasks"].items():
            found.setdefault(name, {})[task["target"]] = None
    return {name: tuple(map(Target, templates)) for name, templates in found.items()}
