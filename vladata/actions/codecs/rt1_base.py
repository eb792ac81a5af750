"""RT-1's eleven numbers: the mode, the arm, the gripper and the base (uniform.py has the formula).

    mode                          0 the episode ends, 1 the arm and the gripper move, 2 the base moves
    world_vector +-1, rotation_delta +-pi/2, gripper +-1, base_displacement_vector +-1, base_displacement_vertical_rotation +-pi

    an arm's step      "1 127 191 0 127 127 127 255 127 127 127"

The mode is RT-1's argmax of [terminate, arm, base]. The data gives it by the last dimension, `base_mode`, 1 if the base moves.
For a step that ends the episode, the text does not say whether the arm or the base moved, and base_mode decodes to 0. The other
dimensions may come in any order; base_mode must be last. Source: google-research/robotics_transformer,
tokenizers/action_tokenizer.py, and the action spec of trained_checkpoints/rt1main.
"""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vladata.actions.bin_codec import BinCodec
from vladata.actions.bounds import NAMES, Bounds
from vladata.actions.checked import finite, flags
from vladata.actions.codecs.rt1 import BINS
from vladata.actions.settings import Fixed, Setting
from vladata.actions.statistics import Statistics
from vladata.actions.text import TERMINATE, NumberText
from vladata.errors import CodecError, UsageError

MODE = "base_mode"
REACH = {
    **dict(zip(NAMES, (1.0,) * 3 + (math.pi / 2,) * 3 + (1.0,), strict=True)),
    **{"base_dx": 1.0, "base_dy": 1.0, "base_dyaw": math.pi},
}
MODES = {"0": "the episode ends with this step", "1": "the arm and the gripper move", "2": "the base moves"}


class RT1Base(BinCodec):
    """RT-1's bins as whole numbers in text, for a robot whose base also moves."""

    kind: ClassVar[str] = "rt1-base"
    usual_names: ClassVar[tuple[str, ...]] = (*REACH, MODE)
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": BINS,
        "bounds": Fixed("rt1-base", "The range of the bins: RT-1's own bounds.", "use codec rt2 for others"),
        "terminate": Fixed("first", "Terminate is a value of the mode, the first number of a text."),
    }

    @classmethod
    def spanned(
        cls,
        wanted: object,
        names: tuple[str, ...],
        statistics: Statistics | None,
        grippers: Mapping[str, str],
    ) -> Bounds:
        """Return RT-1's bounds for dimensions of these names. Raises UsageError for other bounds, CodecError for other names."""
        if wanted != cls.kind:
            what, hint = f"codec {cls.kind} has its own bounds", "Codec rt2 takes any bounds."
            raise UsageError(what, got=wanted, allowed=cls.kind, hint=hint)
        if set(names) != set(cls.usual_names) or names[-1:] != (MODE,):
            what = f"codec {cls.kind} takes only RT-1's dimensions, {MODE} last"
            raise CodecError(what, got=" ".join(names), allowed=" ".join(cls.usual_names))
        high = tuple(REACH[name] for name in names[:-1])
        return Bounds((*(-value for value in high), 0.0), (*high, 1.0), (cls.kind,) * len(names))

    @property
    def width(self) -> int:
        """W, the count of an action's numbers in a text: the mode and every dimension except base_mode."""
        return len(self.names)

    @cached_property
    def _text(self) -> NumberText:
        dimensions = len(self.names) - 1
        least, most = (0,) * (1 + dimensions), (2, *(self.bins - 1,) * dimensions)
        return NumberText((TERMINATE, *self.names[:-1]), least, most, self.chunk, self.shorter)

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> np.ndarray:
        """Return int32 bins [..., W] from actions [..., D] and terminate [...], or from actions [..., 1+D] with terminate first.

        From actions [..., D] without terminate, no step ends the episode.
        """
        values, ends = self._apart(actions, terminate)
        modes = 1 + flags(finite(values, self.names)[..., -1], MODE)
        bins = np.empty((*values.shape[:-1], self.width), np.int32)
        bins[..., 0] = modes if ends is None else np.where(flags(ends, TERMINATE), 0, modes)
        bins[..., 1:] = self._scale.encode(values)[..., :-1]
        return bins

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 [..., 1+D] from bins [..., W]: terminate (1 = the end), then the dimensions, base_mode last."""
        found = self._checked(bins, self._text.names)
        actions = np.empty((*found.shape[:-1], 1 + len(self.names)), np.float32)
        actions[..., 0], actions[..., -1] = found[..., 0] == 0, found[..., 0] == 2
        padded = np.concatenate([found[..., 1:], found[..., :1]], axis=-1)
        actions[..., 1:-1] = self._scale.decode(padded)[..., :-1]
        return actions

    def tolerance(self) -> np.ndarray:
        """Return float64 [D], the largest error: one bin; 1 for base_mode, which is lost in a last step and otherwise exact."""
        tolerance = super().tolerance()
        tolerance[-1] = 1.0
        return tolerance

    def to_json(self) -> dict[str, Any]:
        """Return this codec's part of a contract, in which terminate has three values."""
        return {**super().to_json(), "terminate": MODES}
