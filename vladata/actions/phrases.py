"""Net motion in words: "move forward 3 cm, move left 2 cm, tilt back 10 degrees, open gripper".

A text has one phrase for each dimension that moves, in a fixed order, with ", " between two. A number is whole, a multiple of its
step, without a sign or a leading zero; "1 degree" and "2 degrees". If nothing moves and no gripper must be named, the text is
"no movement". Any other text is a ParseError that says why; nothing is guessed. White space around the text is ignored.

Words and their order are those of LAP (lihzha/lap, policies/transforms/action_text.py and policies/question_types.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vladata.actions.text import as_text
from vladata.errors import ParseError

STILL = "no movement"
BETWEEN = ", "
MOST = 9999
"""The greatest number in a phrase, in centimetres or degrees."""

LENGTHS = {
    "dx": ("move forward", "move back"),
    "dz": ("move up", "move down"),
    "dy": ("move left", "move right"),
}
ANGLES = {
    "droll": ("tilt left", "tilt right"),
    "dpitch": ("tilt back", "tilt forward"),
    "dyaw": ("rotate counterclockwise", "rotate clockwise"),
}
"""Dimension -> the words for a positive and for a negative number, in the order of the phrases."""

_PHRASE = re.compile(r"([a-z]+ [a-z]+)(?: (0|[1-9][0-9]{0,8}) ([a-z]+))?")


@dataclass(frozen=True, slots=True)
class Motion:
    """A dimension whose phrase says how far it moved.

    more, less: the words for a positive and a negative number.
    unit:       "cm" or "degrees".
    step:       numbers are multiples of this one.
    """

    more: str
    less: str
    unit: str
    step: int

    @property
    def most(self) -> int:
        """The greatest number of steps that can be said."""
        return MOST // self.step

    @property
    def least(self) -> int:
        """The least number of steps that can be said."""
        return -self.most

    def said(self, steps: int) -> str:
        """Return the phrase for this number of steps; "" for 0."""
        if steps == 0:
            return ""
        number = abs(steps) * self.step
        return f"{self.more if steps > 0 else self.less} {number} {self.named(number)}"

    def named(self, number: int) -> str:
        """Return the unit as it is written after `number`."""
        return "degree" if self.unit == "degrees" and number == 1 else self.unit


@dataclass(frozen=True, slots=True)
class Command:
    """A dimension, such as a gripper, whose phrase says what it does.

    phrases: number -> its phrase; a number that is not in it has no phrase.
    always:  True if every text must have one of the phrases.
    """

    phrases: Mapping[int, str]
    always: bool

    @property
    def most(self) -> int:
        """The greatest number that the dimension can have, with or without a phrase."""
        return max(*self.phrases, 0)

    @property
    def least(self) -> int:
        """The least number that the dimension can have, with or without a phrase."""
        return min(*self.phrases, 0)

    def said(self, number: int) -> str:
        """Return the phrase for a number; "" if there is none."""
        return self.phrases.get(number, "")


@dataclass(frozen=True)
class Phrases:
    """Dimensions by name, in the order of their phrases."""

    dimensions: Mapping[str, Motion | Command]

    def text(self, numbers: Mapping[str, int]) -> str:
        """Return the text of `numbers`: dimension -> its steps, or the number of a command."""
        said = (each.said(numbers[name]) for name, each in self.dimensions.items())
        return BETWEEN.join(filter(None, said)) or STILL

    def parse(self, text: str) -> dict[str, int]:
        """Return the numbers from which the method `text` makes this text. Raises ParseError if there are none."""
        found = dict.fromkeys(self.dimensions, 0)
        whole = as_text(text).strip()
        if not whole:
            raise self.error("the text is empty", text)
        order, last = list(self.dimensions), -1
        for position, phrase in enumerate([] if whole == STILL else whole.split(BETWEEN), 1):
            name, number = self._read(position, phrase, text)
            if order.index(name) == last:
                raise self.error(f"phrase {position}, {_cut(phrase)}, is a second one for {name}", text)
            if order.index(name) < last:
                raise self.error(f"phrase {position}, {_cut(phrase)}, comes too late", text)
            found[name], last = number, order.index(name)
        for name, each in self.dimensions.items():
            if isinstance(each, Command) and each.always and order.index(name) > last:
                raise self.error(f"a phrase for {name} is missing", text)
        return found

    @cached_property
    def words(self) -> dict[str, tuple[str, int]]:
        """Return a map from the words of a phrase, without number and unit, to the dimension and 1, -1 or a command's number."""
        found: dict[str, tuple[str, int]] = {}
        for name, each in self.dimensions.items():
            if isinstance(each, Motion):
                found |= {each.more: (name, 1), each.less: (name, -1)}
            else:
                found |= {phrase: (name, number) for number, phrase in each.phrases.items()}
        return found

    @property
    def told(self) -> dict[str, list[str]]:
        """Return a map from dimension to the words for a positive and a negative number; for a gripper, for each number."""
        return {
            name: [each.more, each.less]
            if isinstance(each, Motion)
            else [f"{number}: {phrase}" for number, phrase in each.phrases.items()]
            for name, each in self.dimensions.items()
        }

    def error(self, what: str, text: str) -> ParseError:
        """Return the ParseError that says what was expected."""
        order = ", ".join(name for name in self.dimensions)
        allowed = f'phrases of {order}, in this order, such as "{self._example}", ", " between'
        return ParseError(what, got=text, allowed=allowed)

    @property
    def _example(self) -> str:
        return BETWEEN.join(
            each.said(2) if isinstance(each, Motion) else next(iter(each.phrases.values()))
            for each in self.dimensions.values()
        )

    def _read(self, position: int, phrase: str, text: str) -> tuple[str, int]:
        """Return the dimension and number of a phrase."""
        where = f"phrase {position}, {_cut(phrase)},"
        match = _PHRASE.fullmatch(phrase)
        if not match or match[1] not in self.words:
            raise self.error(f"{where} is unknown", text)
        name, sign = self.words[match[1]]
        each = self.dimensions[name]
        if isinstance(each, Command):
            if match[2] is not None:
                raise self.error(f"{where} must not have a number", text)
            return name, sign
        if match[2] is None:
            raise self.error(f"{where} needs a number", text)
        number = int(match[2])
        if match[3] != each.named(number):
            raise self.error(f"{where} has the unit {_cut(match[3])} instead of {each.named(number)}", text)
        if number % each.step or not 0 < number <= each.step * each.most:
            allowed = f"a multiple of {each.step} from {each.step} to {each.step * each.most}"
            raise self.error(f"{where} is not {allowed}", text)
        return name, sign * (number // each.step)


def _cut(phrase: str) -> str:
    return repr(phrase if len(phrase) <= 40 else phrase[:40] + "...")


COMMANDS = {
    "open_absolute": Command({1: "open gripper", 0: "close gripper"}, True),
    "closing_relative": Command({-1: "open gripper", 1: "close gripper"}, False),
}


def spoken(names: Sequence[str], grippers: Mapping[str, str], centimetres: int, degrees: int) -> Phrases:
    """Return the phrases for the dimensions `names`, all of them in LENGTHS, ANGLES or `grippers` (name -> convention).

    centimetres, degrees: the steps of lengths and angles.
    """
    found: dict[str, Motion | Command] = {}
    for table, unit, step in ((LENGTHS, "cm", centimetres), (ANGLES, "degrees", degrees)):
        found |= {name: Motion(*words, unit, step) for name, words in table.items() if name in names}
    return Phrases(found | {name: COMMANDS[convention] for name, convention in grippers.items()})
