"""LoadRule: how stored pictures become the pixels of a batch.

images={"size": [224, 320], "fit": "pad", "resample": "lanczos3", "jpeg": 95}
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from vladata.spec.images import Fitting
from vladata.spec.strict import says_all


class LoadRule(Fitting):
    """What is made of each picture that is loaded; sizes, fits and kernels are those of recipes."""

    jpeg: int | None = Field(default=None, ge=1, le=100)
    """JPEG quality, 4:2:0, of a round trip: what a model sees whose pictures were stored so. Left out, there is none."""
    jpeg_of: Literal["made", "recorded"] = "made"
    """Whether pictures take the round trip when they have their size (a dataset that was converted to this size), or before
    they are cut and resized (a dataset of the recorded size, resized by its trainer: OpenVLA's)."""

    @model_validator(mode="after")
    def _has_a_round_trip(self) -> Self:
        if self.jpeg is None and self.jpeg_of != "made":
            says_all([(("jpeg_of",), "is not used without jpeg; say the quality of the round trip")])
        return self
