"""The frames of one episode in a video file, by PyAV (extra [video]).

A step takes the frame at its time, within a tenth of the time between two steps; each frame is taken at most once. So a missing
frame leaves a gap, and later frames stay with their own steps. An index only compares times and decodes nothing; a conversion
decodes each frame once, in order.

Pixels are RGB as PyAV gives them (`to_ndarray(format="rgb24")`). A frame that the decoder refuses is a BadImage of only its own
step.
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash

from vladata.errors import BadImage, CorruptRecord, MissingExtra
from vladata.footage import Frame
from vladata.sources.folder import Folder, explained

TOLERANCE = 0.1
"""The largest distance of a frame from the time of its step, as a share of the time between two steps."""
_HINT = "Fetch the file again from where the dataset came from."


@dataclass(frozen=True, slots=True)
class VideoSpan:
    """The place of an episode's frames.

    file:  the name of the video file.
    start: the time at which the frames begin, seconds.
    stop:  the time at which the next episode's frames may begin, seconds; None if the file holds one episode.
    """

    file: str
    start: float
    stop: float | None = None

    def has(self, time: float, within: float) -> bool:
        """Return True if a frame at `time` (within `within`, seconds) belongs to this episode, and not to the next."""
        return self.stop is None or time < self.stop - within


@dataclass(frozen=True, slots=True)
class EpisodeVideo:
    """The frames of one episode, a FrameSource (vladata/footage.py).

    within:  the largest distance of a frame from the time of its step, seconds.
    size:    height and width in pixels.
    there:   the times of the episode's frames, and of some before and after them, seconds, rising.
    encoded: the digest of the encoded frames.
    """

    folder: Folder
    span: VideoSpan
    within: float
    size: tuple[int, int]
    there: tuple[float, ...]
    encoded: str

    def frames(self, times: Sequence[float]) -> Iterator[Frame]:
        """Decode the frame at each of `times`; for a frame that is missing or cannot be decoded, yield a BadImage."""
        if not times:
            return
        with _opened(self.folder, self.span.file) as (container, stream):
            yield from _at(times, self._decoded(container, stream, times[0]), self.within, _pixels)

    def missing(self, times: Sequence[float]) -> Mapping[int, BadImage]:
        """Return a map from the position of each of `times` without a frame to the reason. The file is not read."""
        if not times:
            return {}
        found = _at(times, iter([(time, time) for time in self.there]), self.within, float)
        return {i: each for i, each in enumerate(found) if isinstance(each, BadImage)}

    def digest(self) -> str:
        """Return a digest of the episode's encoded frames, which does not depend on the file that holds them."""
        return self.encoded

    def require_whole(self, times: Sequence[float]) -> None:
        """Raise CorruptRecord if the frames end before `times`.

        Then a frame is missing, and it is not known which: a recorder that lost a frame in the middle wrote the later ones one
        place too early. If a gap in the frames' times shows which frame is missing, only its step has no frame.
        """
        if times and len(times) - 1 in self.missing(times):
            raise CorruptRecord(
                "the video ends before the last step does, so it lacks frames, and which ones cannot be told",
                where=f"{self.span.file}, at {times[-1]:.3f} s",
                got=f"frames up to {self.there[-1]:.3f} s" if self.there else "no frame",
                allowed=f"{len(times):,} frames",
            )

    def _decoded(self, container: Any, stream: Any, first: float) -> Iterator[tuple[float, Any]]:
        """Yield (time, frame) from a frame at or before `first` to the end of the file."""
        import av

        stream.thread_type = "AUTO"
        base = float(stream.time_base)
        _seek(container, stream, first - self.within)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue  # the steps of its frames find no frame, and report it
            for frame in frames:
                if frame.pts is not None and self.span.has(frame.pts * base, self.within):
                    yield frame.pts * base, frame


def episode_video(folder: Folder, span: VideoSpan, fps: float, times: Sequence[float]) -> EpisodeVideo:
    """Return the frames of an episode whose steps are at `times`. The episode's packets are read once, and nothing is decoded.

    Raises MissingFile, or CorruptRecord if no frame can be read, or the video ends before the last step.
    """
    within = TOLERANCE / fps
    with _opened(folder, span.file) as (container, stream):
        size = (stream.height, stream.width)
        if not all(size):
            raise CorruptRecord("the video does not say the size of its frames", where=span.file, hint=_HINT)
        there, encoded = _demuxed(container, stream, times, within) if times else ([], "")
    own = tuple(sorted(time for time in there if span.has(time, within)))
    found = EpisodeVideo(folder, span, within, size, own, encoded)
    found.require_whole(times)
    return found


def _demuxed(container: Any, stream: Any, times: Sequence[float], within: float) -> tuple[list[float], str]:
    """Return the times of the frames from a little before to a little after `times`, seconds, and a digest of the encoded
    frames within `times`."""
    first, last, base = times[0] - within, times[-1] + within, float(stream.time_base)
    found, hasher = [], xxhash.xxh3_64()
    _seek(container, stream, first)
    for packet in container.demux(stream):
        # The end of the file; or a frame that an edit list cuts out (older PyAV has no is_discard).
        if packet.pts is None or getattr(packet, "is_discard", False):
            continue
        time = packet.pts * base
        found.append(time)
        if first <= time <= last:
            hasher.update(bytes(packet))
        # All later packets have frames at or after this decoding time.
        if packet.dts is not None and packet.dts * base > last:
            break
    return found, hasher.hexdigest()


@contextmanager
def _opened(folder: Folder, file: str) -> Iterator[tuple[Any, Any]]:
    """Open the file and yield the container and its first video stream."""
    av = _library(folder.path(file))
    with folder.open(file) as opened, explained(folder.path(file)):
        try:
            # Only as MP4: as a playlist, FFmpeg would open other files.
            with av.open(folder.path(file) if folder.is_local else opened, format="mp4") as container:
                stream = next(iter(container.streams.video), None)
                if stream is None or stream.codec_context is None:
                    raise CorruptRecord(
                        "the file has no video stream that can be read", where=file, hint=_HINT
                    )
                yield container, stream
        except (av.FFmpegError, EOFError, OSError) as error:
            # A damaged table of contents leads to reads at impossible positions (EINVAL). Other errors come from a disk or a
            # server, and do not mean that the file is damaged.
            if not isinstance(error, av.FFmpegError | EOFError) and error.errno != errno.EINVAL:
                raise
            what = f"the video cannot be read: {getattr(error, 'strerror', '') or error}"
            raise CorruptRecord(what, where=file, hint=_HINT) from None


def _library(path: str) -> Any:
    try:
        import av
    except ImportError:
        hint = 'pip install "vladata[video]", or take a recipe whose cameras are not videos.'
        raise MissingExtra("videos need the package av", where=path, hint=hint) from None
    av.logging.set_level(None)  # our errors report what FFmpeg would print about damaged files
    return av


def _seek(container: Any, stream: Any, time: float) -> None:
    """Move to the last frame at or before `time` (seconds) from which decoding can begin."""
    if time > 0:
        container.seek(int(time / float(stream.time_base)), stream=stream, backward=True)


def _at(
    times: Sequence[float], there: Iterator[tuple[float, Any]], within: float, made: Any
) -> Iterator[Any]:
    """Yield for each of `times` the result of `made` for the frame at most `within` seconds away; else a BadImage.

    there: (time, frame), rising. Each frame is taken at most once.
    """
    i, last = 0, len(times) - 1
    for time, found in there:
        while times[i] < time - within:
            yield _no_frame(times[i])
            if i == last:
                return
            i += 1
        if abs(times[i] - time) <= within:
            yield made(found)
            if i == last:
                return
            i += 1
    yield from (_no_frame(time) for time in times[i:])


def _no_frame(time: float) -> BadImage:
    return BadImage(f"the video has no frame at {time:.3f} s that can be read")


def _pixels(frame: Any) -> np.ndarray:
    pixels: np.ndarray = frame.to_ndarray(format="rgb24")
    return pixels
