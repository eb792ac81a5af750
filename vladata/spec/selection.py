"""Operations that take out steps, or whole episodes."""

import re
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from vladata.spec.operation_base import Cut, Reads
from vladata.spec.references import AnyReference
from vladata.spec.strict import Many, Strict, quoted, says, says_all

LENGTH = "$length"
WITH_A_NUMBER = ("eq", "gt", "abs_le")
OF_TEXTS = ("matches", "non_empty")
Condition = Literal["is_true", "is_false", "eq", "gt", "abs_le", "matches", "non_empty", "unchanged"]

_Value = Annotated[
    Annotated[float, Tag("number")] | Annotated[str, Tag("text")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "number"),
]


class Test(Strict):
    """What is asked of a value. Of several columns all must answer yes."""

    path: AnyReference
    """What is asked: columns of a field of the steps, in filter_episode also a value of the episode, or $length."""
    test: Condition
    """is_true, is_false: not zero, zero. eq, gt, abs_le: equal to, greater than, in size at most `value`. matches: a text
    in which the regular expression `value` is found. non_empty: a text with words. unchanged: as in the step before,
    which the first step always is."""
    value: _Value | None = None
    """The number, or the regular expression."""

    @property
    def says(self) -> str:
        """The test in a line, for the ledger: "abs_le(action[0:6], 0.0001)"."""
        value = (
            ""
            if self.value is None
            else f", {self.value:g}"
            if isinstance(self.value, float)
            else f", {self.value}"
        )
        return f"{self.test}({self.path}{value})"

    @model_validator(mode="after")
    def _fits_together(self) -> "Test":
        number, text = self.test in WITH_A_NUMBER, self.test == "matches"
        if number != isinstance(self.value, float) or text != isinstance(self.value, str):
            wants = "a number" if number else "a regular expression" if text else "nothing"
            says_all([(("value",), f"got {quoted(self.value)}; allowed with {self.test}: {wants}")])
        if isinstance(self.value, str):
            try:
                re.compile(self.value)
            except re.error as fault:
                says_all([(("value",), f"is no regular expression: {fault}")])
        return self


class EpisodeTest(Test):
    """What is asked of an episode."""

    step: Literal["first", "any", "all"] = "first"
    """Of a field that every step has: whether the first step's answer counts, or any step's, or all must say yes."""

    @property
    def says(self) -> str:
        return super().says if self.step == "first" else f"{self.step} {super().says}"

    @model_validator(mode="after")
    def _length_is_a_number(self) -> "EpisodeTest":
        if self.path == LENGTH and self.test in OF_TEXTS:
            says_all([(("test",), f'got "{self.test}", which asks a text; {LENGTH} is a number')])
        return self


class DropSteps(Cut):
    """The first and last steps taken out."""

    op: Literal["drop_steps"]
    first: int = Field(default=0, ge=0, le=1_000_000)
    """How many steps at the beginning."""
    last: int = Field(default=0, ge=0, le=1_000_000)
    """How many steps at the end."""

    @property
    def rule(self) -> str:
        counts = {"first": self.first, "last": self.last}
        return f"drop_steps({', '.join(f'{end}={count}' for end, count in counts.items() if count)})"

    @model_validator(mode="after")
    def _drops_something(self) -> "DropSteps":
        if not self.first and not self.last:
            raise says("drops nothing; give first or last")
        return self


class Stride(Cut):
    """Steps 0, factor, 2 factor and so on are kept. Right for absolute actions only: what each step adds is lost between."""

    op: Literal["stride"]
    factor: int = Field(ge=2, le=1_000_000)
    """Every how manieth step is kept."""

    @property
    def rule(self) -> str:
        return f"stride(factor={self.factor})"


class FilterEpisode(Cut):
    """An episode is kept when all tests hold, else all its steps go."""

    op: Literal["filter_episode"]
    keep: Annotated[Many[EpisodeTest], Field(min_length=1)]
    """What must hold."""

    def reads(self) -> Reads:
        return [(("keep", i, "path"), test.path) for i, test in enumerate(self.keep) if test.path != LENGTH]

    @property
    def rule(self) -> str:
        return f"filter_episode(keep={' and '.join(test.says for test in self.keep)})"


class FilterSteps(Cut):
    """The steps go for which all tests hold."""

    op: Literal["filter_steps"]
    drop: Annotated[Many[Test], Field(min_length=1)]
    """What must hold of a step that goes."""

    def reads(self) -> Reads:
        return [(("drop", i, "path"), test.path) for i, test in enumerate(self.drop)]

    @property
    def rule(self) -> str:
        return f"filter_steps(drop={' and '.join(test.says for test in self.drop)})"
