"""The unbiased codec: equal bins between any bounds, each decoded to its centre (centred.py has the formula).

    bounds -0.1 to 0.1, two dimensions, 256 bins      [0.1, -0.1] -> "1 255 0" -> [0.0996, -0.0996]

No published model uses it. RT-1's rule gives the last bin only to the high bound and decodes all others on average half a bin too
low, which adds up over the steps of an episode. Use this codec, which has the least error, if no published model must be matched.
"""

from collections.abc import Mapping
from typing import ClassVar

from vladata.actions.bin_codec import TERMINATE_FIRST
from vladata.actions.centred import CentredBins
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.protocol import Scale
from vladata.actions.settings import Setting


class Uniform(RT2):
    """Equal bins as whole numbers in text, decoded to their centres."""

    kind: ClassVar[str] = "uniform"
    scale: ClassVar[type[Scale]] = CentredBins
    settings: ClassVar[Mapping[str, Setting]] = {
        "bins": RT2.settings["bins"],
        "bounds": RT2.settings["bounds"],
        "terminate": TERMINATE_FIRST,
    }
