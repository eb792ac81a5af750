"""RT-1's codec: 256 bins per dimension between RT-1's fixed bounds, rounded down (uniform.py has the formula).

    world_vector +-1, rotation_delta +-pi/2, gripper +-1      [0, 0.5, -1, 0, 0, 0, 1] -> "1 127 191 0 127 127 127 255"

Source: google-research/robotics_transformer, tokenizers/action_tokenizer.py and its action spec.
"""

from collections.abc import Mapping
from typing import ClassVar

from vladata.actions.bin_codec import TERMINATE_FIRST, BinCodec
from vladata.actions.bounds import RT1 as OWN
from vladata.actions.bounds import Bounds
from vladata.actions.settings import Fixed, Setting
from vladata.actions.statistics import Statistics
from vladata.errors import UsageError

BINS = Fixed(256, "Bins per dimension.")


class RT1(BinCodec):
    """RT-1's bins as whole numbers in text, with its own fixed bounds."""

    kind: ClassVar[str] = "rt1"
    own: ClassVar[Bounds] = OWN
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": BINS,
        "bounds": Fixed("rt1", "The range of the bins: RT-1's own bounds.", "use codec rt2 for others"),
        "terminate": TERMINATE_FIRST,
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return the model's fixed bounds, for any data. Raises UsageError if the setting gives other bounds."""
        if wanted != cls.kind:
            what, hint = f"codec {cls.kind} has its own bounds", "Codec rt2 takes any bounds."
            raise UsageError(what, got=wanted, allowed=cls.kind, hint=hint)
        return cls.own
