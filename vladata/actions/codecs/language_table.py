"""Language-Table's codec: "X Y", each a whole number from -10 to 10; 10 is 0.1 m (the formula is rounded.py's).

    two dimensions, metres      [0.05, -0.1] -> "5 -10"

The action space of the environment is -0.1 m to 0.1 m, so one step is a centimetre; the contract holds this scale as bounds.
The end of an episode is not spelled. Source: RT-2 (arXiv 2307.15818), its experiments on Language-Table, for the text;
google-research/language-table, language_table/environments/language_table.py, for the action space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from vladata.actions.bin_codec import NO_TERMINATE, BinCodec
from vladata.actions.bounds import Bounds, explicit
from vladata.actions.protocol import Scale
from vladata.actions.rounded import RoundedBins
from vladata.actions.settings import Fixed, Setting, Span
from vladata.actions.statistics import Statistics
from vladata.errors import UsageError

REACH = 0.1
OWN = Bounds((-REACH, -REACH), (REACH, REACH), ("language-table",) * 2)


@dataclass(frozen=True)
class EitherWay(RoundedBins):
    """Whole numbers from -(bins // 2) to bins // 2: with 21 bins, -10 for the low bound and 10 for the high one."""

    rule: ClassVar[str] = f"{RoundedBins.rule}; first = -(bins // 2)"

    @property
    def least(self) -> int:
        """The least bin."""
        return -(self.bins // 2)


class LanguageTable(BinCodec):
    """Whole numbers from -10 to 10 in text, a centimetre each; two dimensions."""

    kind: ClassVar[str] = "language-table"
    usual_names: ClassVar[tuple[str, ...]] = ("dx", "dy")
    scale: ClassVar[type[Scale]] = EitherWay
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": Fixed(21, "The number of whole numbers: 21, from -10 to 10."),
        "bounds": Span(
            "language-table",
            "The values of -10 and 10. language-table: -0.1 m and 0.1 m, in x and y. Or {low, high}.",
            ("language-table",),
        ),
        "terminate": NO_TERMINATE,
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return the environment's bounds, or explicit ones from {"low": [D], "high": [D]}."""
        given = OWN if wanted == cls.kind else explicit(wanted)
        if given is None:
            allowed = f'{cls.kind}, {{"low": [...], "high": [...]}}'
            raise UsageError("unknown bounds", got=wanted, allowed=allowed)
        return given
