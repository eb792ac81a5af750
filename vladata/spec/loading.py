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
    """The quality at which each picture is encoded as JPEG (4:2:0) and decoded again, for a model that was trained on such
    pictures. Left out, pictures are not encoded again."""
    jpeg_of: Literal["made", "recorded"] = "made"
    """The time at which pictures are encoded and decoded again. made: after they are resized (as in a dataset that was converted
    to this size). recorded: before they are cut and resized (as in a dataset of the recorded size that its trainer resizes, such
    as OpenVLA's)."""

    @check
    def _has_a_round_trip(self) -> Iterator[Problem]:
        if self.jpeg is None and self.jpeg_of != "made":
            yield ("jpeg_of",), "is not used without jpeg; give jpeg, the quality of the round trip"
