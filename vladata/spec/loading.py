"""LoadRule: from stored pictures to the pixels of a batch.

images={"size": [224, 320], "fit": "pad", "resample": "lanczos3", "jpeg": 95}
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from vladata.spec.images import Fitting
from vladata.spec.together import Problem, check


class LoadRule(Fitting):
    """The form of each picture that is loaded; sizes, fits and kernels are those of recipes."""

    jpeg: int | None = Field(default=None, ge=1, le=100)
    """JPEG quality (4:2:0) of a round trip, for a model that was trained on pictures stored so. Left out, there is none."""
    jpeg_of: Literal["made", "recorded"] = "made"
    """The moment of the round trip. made: when pictures have their size (as in a dataset that was converted to this size).
    recorded: before they are cut and resized (as in a dataset of the recorded size that its trainer resizes, such as
    OpenVLA's)."""

    @check
    def _has_a_round_trip(self) -> Iterator[Problem]:
        if self.jpeg is None and self.jpeg_of != "made":
            yield ("jpeg_of",), "is not used without jpeg; give jpeg, the quality of the round trip"
