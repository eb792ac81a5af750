"""Pictures as a video file: H.264 in MP4, one frame a picture, by PyAV (extra `video`).

Rule: one thread a file, so that equal pictures give equal bytes on any machine with one version of PyAV; parallel work is many
files. Every second frame can be sought to (g=2), as in LeRobot's own videos. A video is not the picture that it was made of:
it has half the colours, and is compressed once more.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from vladata.errors import MissingExtra, UsageError

CODEC, PIXELS = "libx264", "yuv420p"
OPTIONS = {"g": "2", "crf": "23", "preset": "veryfast", "threads": "1"}


def about(fps: float) -> dict[str, Any]:
    """What info.json says of every video."""
    return {
        "video.codec": "h264",
        "video.pix_fmt": PIXELS,
        "video.is_depth_map": False,
        "video.fps": int(fps) if fps == int(fps) else fps,
        "video.channels": 3,
        "has_audio": False,
    }


def require_video(key: str, height: int, width: int) -> None:
    """Raise MissingExtra without PyAV, UsageError for pictures that cannot be frames."""
    _av()
    if height % 2 or width % 2:
        raise UsageError(
            "a video has frames of even height and width",
            where=key,
            got=f"{height} x {width}",
            hint="Give pictures another size, --image-size, or keep them in Parquet files: --pictures images.",
        )


class Film:
    """A video that is being made, of one size. Pictures are added one after another; `data` ends it."""

    def __init__(self, fps: float, height: int, width: int) -> None:
        av = _av()
        self._sink = io.BytesIO()
        self._file = av.open(self._sink, "w", format="mp4")
        rate = Fraction(fps).limit_denominator(1000)
        self._stream = self._file.add_stream(CODEC, rate=rate, options=OPTIONS)
        self._stream.pix_fmt, self._stream.height, self._stream.width = PIXELS, height, width
        self._stream.codec_context.thread_count = 1
        self._frame, self._count, self._base = av.VideoFrame, 0, 1 / rate

    def add(self, pixels: np.ndarray) -> None:
        """Add one picture, uint8 [height, width, 3]."""
        frame = self._frame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = self._count, self._base
        self._count += 1
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: Iterator[Any]) -> None:
        for packet in packets:
            self._file.mux(packet)

    def data(self) -> bytes:
        """The bytes of the whole file."""
        self._mux(self._stream.encode())
        self._file.close()
        return self._sink.getvalue()


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise MissingExtra("writing videos needs PyAV", hint='pip install "vladata[video]"') from None
    return av
