"""RT-1-X's codec: RT-1's, with twice the range of the world vector.

    world_vector +-2, rotation_delta +-pi/2, gripper +-1      [0, 0.5, -1, 0, 0, 0, 1] -> "1 127 159 63 127 127 127 255"

Source: the RT-1-X notebook of Open X-Embodiment.
"""

from collections.abc import Mapping
from typing import ClassVar

from vladata.actions.bin_codec import TERMINATE_FIRST
from vladata.actions.bounds import RT1_X, Bounds
from vladata.actions.codecs.rt1 import BINS, RT1
from vladata.actions.settings import Fixed, Setting


class RT1X(RT1):
    """RT-1-X's bins as whole numbers in text, with its own fixed bounds."""

    kind: ClassVar[str] = "rt1-x"
    own: ClassVar[Bounds] = RT1_X
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": BINS,
        "bounds": Fixed("rt1-x", "The range of the bins: RT-1-X's own bounds.", "use codec rt2 for others"),
        "terminate": TERMINATE_FIRST,
    }
