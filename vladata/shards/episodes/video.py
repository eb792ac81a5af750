"""Pictures as a video file: H.264 or AV1 in MP4, one frame per picture, by PyAV (extra `video`).

Rule: one thread per file, so that equal pictures give equal bytes on all machines with one version of PyAV; several files are
made in parallel. Every second frame is a key frame (g=2), as in LeRobot's own videos; for AV1 the other settings are LeRobot's
too. A video differs from its pictures: it has a quarter of their colour values, and is compressed once more.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from vladata.errors import MissingExtra, UsageError

PIXELS = "yuv420p"


@dataclass(frozen=True)
class FilmCodec:
    """The encoder of a codec: its name in FFmpeg, and its options."""

    name: str
    options: dict[str, str]


CODECS = {
    "h264": FilmCodec("libx264", {"g": "2", "crf": "23", "preset": "veryfast", "threads": "1"}),
    "av1": FilmCodec("libsvtav1", {"g": "2", "crf": "30", "preset": "12", "svtav1-params": "lp=1"}),
}


def about(codec: str, fps: float) -> dict[str, Any]:
    """Return the facts about every video in info.json."""
    return {
        "video.codec": codec,
        "video.pix_fmt": PIXELS,
        "video.is_depth_map": False,
        "video.fps": int(fps) if fps == int(fps) else fps,
        "video.channels": 3,
        "has_audio": False,
    }


def require_video(codec: str, key: str, height: int, width: int) -> None:
    """Raise MissingExtra without PyAV or its encoder, UsageError for pictures whose size cannot be a frame's."""
    encoder = CODECS[codec].name
    if encoder not in _av().codec.codecs_available:
        hint = 'The wheels of PyPI have it: pip install "vladata[video]"; or take the other codec: --video-codec.'
        raise MissingExtra(f"this PyAV has no encoder {encoder}", where=key, hint=hint)
    if height % 2 or width % 2:
        raise UsageError(
            "the frames of a video need an even height and width",
            where=key,
            got=f"{height} x {width}",
            hint="Give pictures another size, --image-size, or keep them in Parquet files: --pictures images.",
        )


class Film:
    """A video that is being made, of one size. Pictures are added one after another; `data` ends it."""

    def __init__(self, codec: str, fps: float, height: int, width: int) -> None:
        av, chosen = _av(), CODECS[codec]
        self._sink = io.BytesIO()
        self._file = av.open(self._sink, "w", format="mp4")
        rate = Fraction(fps).limit_denominator(1000)
        self._stream = self._file.add_stream(chosen.name, rate=rate, options=chosen.options)
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
        """End the video, and return the bytes of the whole file."""
        self._mux(self._stream.encode())
        self._file.close()
        return self._sink.getvalue()


def _av() -> Any:
    os.environ.setdefault("SVT_LOG", "1")  # errors only: SVT-AV1 prints its settings for every file
    try:
        import av
    except ImportError:
        raise MissingExtra("writing videos needs PyAV", hint='pip install "vladata[video]"') from None
    return av
