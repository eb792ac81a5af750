"""Frames of a video as a column of an episode: one frame per step, decoded only when it is used.

An index needs only the times at which a video has frames, and a conversion decodes each frame once, in order; so a column
of frames holds no pixels. A `FrameSource` decodes the frames: sources/lerobot/video.py has one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, overload

import numpy as np

from vladata.errors import BadImage

Frame = np.ndarray | BadImage
"""Pixels, uint8 [height, width, 3], RGB; or the error that says why there are none."""


class FrameSource(Protocol):
    """The part of a video file that shows one episode. A small, picklable value; the file is open within one call."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its frames in pixels."""

    def frames(self, times: Sequence[float]) -> Iterator[Frame]:
        """Decode the frame at each of `times`, which rise: seconds from the start of the file."""

    def missing(self, times: Sequence[float]) -> Mapping[int, BadImage]:
        """Return why there is no frame at some of `times`, by their positions. Decodes nothing."""

    def digest(self) -> str:
        """Return a digest of all frames of the episode, as they are encoded."""


@dataclass(frozen=True, slots=True)
class Footage(Sequence[Any]):
    """T frames of a video, a column of an Episode.

    times: float64 [T], rising, seconds from the start of the file.

    footage[i] decodes one frame, beginning at the key frame before it, and raises BadImage if there is none. A slice or an
    array of positions gives Footage. Call `frames` for all frames: it decodes each once.
    """

    source: FrameSource
    times: np.ndarray

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, at: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, at: slice | np.ndarray) -> "Footage": ...
    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice | np.ndarray):
            return Footage(self.source, self.times[at])
        (frame,) = self.source.frames([float(self.times[at])])
        if isinstance(frame, BadImage):
            raise frame
        return frame

    def __iter__(self) -> Iterator[Any]:
        """Yield the pixels of all frames in order; empty bytes, which are not an image, in place of a missing frame."""
        return (b"" if isinstance(frame, BadImage) else frame for frame in self.frames())

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.source.size

    def frames(self) -> Iterator[Frame]:
        """Decode all T frames in order; in place of a frame that cannot be decoded, a BadImage gives the reason."""
        return self.source.frames(self.times.tolist())

    def missing(self) -> Mapping[int, BadImage]:
        """Return why there is no frame for some steps, by their positions. Decodes nothing."""
        return self.source.missing(self.times.tolist())
