"""Operations that remove steps, or whole episodes."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from vladata.spec.operation_base import CutOperation, Reads
from vladata.spec.references import AnyReference
from vladata.spec.strict import Many, Strict, quoted
from vladata.spec.together import Problem, check

LENGTH = "$length"
WITH_A_NUMBER = ("eq", "gt", "abs_le")
OF_TEXTS = ("matches", "non_empty")
Condition = Literal["is_true", "is_false", "eq", "gt", "abs_le", "matches", "non_empty", "unchanged"]

_Value = Annotated[
    Annotated[float, Tag("number")] | Annotated[str, Tag("text")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "number"),
]


class Test(Strict):
    """A test of a value. Of several columns, all must pass."""

    path: AnyReference
    """The value to test: columns of a field of the steps; in filter_episode also a value of the episode, or $length."""
    test: Condition
    """is_true: not zero. is_false: zero. eq: equal to `value`. gt: greater than `value`. abs_le: absolute value at most `value`.
    matches: a text in which the regular expression `value` is found. non_empty: a text with words. unchanged: equal to the
    step before; the first step always passes."""
    value: _Value | None = None
    """The number (eq, gt, abs_le) or the regular expression (matches)."""

    @property
    def says(self) -> str:
        """The name of the test in the ledger: "abs_le(action[0:6], 0.0001)"."""
        value = (
            ""
            if self.value is None
            else f", {self.value:g}"
            if isinstance(self.value, float)
            else f", {self.value}"
        )
        return f"{self.test}({self.path}{value})"

    @check
    def _value_fits_test(self) -> Iterator[Problem]:
        number, text = self.test in WITH_A_NUMBER, self.test == "matches"
        if number != isinstance(self.value, float) or text != isinstance(self.value, str):
            wants = "a number" if number else "a regular expression" if text else "nothing"
            yield ("value",), f"got {quoted(self.value)}; allowed with {self.test}: {wants}"
        if isinstance(self.value, str):
            try:
                re.compile(self.value)
            except re.error as fault:
                yield ("value",), f"is not a regular expression: {fault}"


class EpisodeTest(Test):
    """A test of an episode."""

    step: Literal["first", "any", "all"] = "first"
    """The steps that must pass, for a field that every step has: the first step, any step, or all."""

    @property
    def says(self) -> str:
        return super().says if self.step == "first" else f"{self.step} {super().says}"

    @check
    def _length_is_a_number(self) -> Iterator[Problem]:
        if self.path == LENGTH and self.test in OF_TEXTS:
            yield ("test",), f'got "{self.test}", which is a test of texts; {LENGTH} is a number'


class DropSteps(CutOperation):
    """The first or last steps are removed."""

    op: Literal["drop_steps"]
    first: int = Field(default=0, ge=0, le=1_000_000)
    """The number of steps to remove at the beginning."""
    last: int = Field(default=0, ge=0, le=1_000_000)
    """The number of steps to remove at the end."""

    @property
    def rule(self) -> str:
        counts = {"first": self.first, "last": self.last}
        return f"drop_steps({', '.join(f'{end}={count}' for end, count in counts.items() if count)})"

    @check
    def _drops_something(self) -> Iterator[Problem]:
        if not self.first and not self.last:
            yield (), "drops nothing; give first or last"


class Stride(CutOperation):
    """Steps 0, factor, 2 * factor and so on are kept. For absolute actions only: relative actions of other steps would be
    lost."""

    op: Literal["stride"]
    factor: int = Field(ge=2, le=1_000_000)
    """The n of "every n-th step is kept"."""

    @property
    def rule(self) -> str:
        return f"stride(factor={self.factor})"


class FilterEpisode(CutOperation):
    """An episode that passes all tests is kept; all steps of any other are removed."""

    op: Literal["filter_episode"]
    keep: Annotated[Many[EpisodeTest], Field(min_length=1)]
    """The tests; a kept episode passes all of them."""

    def reads(self) -> Reads:
        return [(("keep", i, "path"), test.path) for i, test in enumerate(self.keep) if test.path != LENGTH]

    @property
    def rule(self) -> str:
        return f"filter_episode(keep={' and '.join(test.says for test in self.keep)})"


class FilterSteps(CutOperation):
    """Steps that pass all tests are removed."""

    op: Literal["filter_steps"]
    drop: Annotated[Many[Test], Field(min_length=1)]
    """The tests; a step that passes all of them is removed."""

    def reads(self) -> Reads:
        return [(("drop", i, "path"), test.path) for i, test in enumerate(self.drop)]

    @property
    def rule(self) -> str:
        return f"filter_steps(drop={' and '.join(test.says for test in self.drop)})"
