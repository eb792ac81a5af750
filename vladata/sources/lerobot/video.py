"""The frames of one episode in a video file, by PyAV (extra [video]).

A step takes the frame whose time is its own: the nearest within a tenth of the time between two steps, each frame once, or
none. So a frame that is missing leaves a hole, and never moves the frames after it by one. An index compares times alone, which
takes no decoding; a conversion decodes each frame once, in order.

Rule: pixels are RGB as PyAV gives them (`to_ndarray(format="rgb24")`). What a decoder refuses is a BadImage of the steps that it
concerns, and of no others.
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
"""Of the time between two steps: how far a frame may be from the time of its step."""
_HINT = "Fetch the file again from where the dataset came from."


@dataclass(frozen=True, slots=True)
class Span:
    """Where an episode's frames lie.

    file:  its name.
    start: seconds at which they begin.
    stop:  seconds at which those of the next episode may begin; None where the file holds one episode.
    """

    file: str
    start: float
    stop: float | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A film (vladata/footage.py) of one episode.

    within: seconds, how far a frame may be from the time of its step.
    size:   height and width in pixels.
    """

    folder: Folder
    span: Span
    within: float
    size: tuple[int, int]

    def frames(self, times: Sequence[float]) -> Iterator[Frame]:
        """Decode the frame at each of `times`; one that cannot be had is a BadImage."""
        if not times:
            return
        with _opened(self.folder, self.span.file) as (container, stream):
            yield from _at(times, self._decoded(container, stream, times[0]), self.within, _pixels)

    def missing(self, times: Sequence[float]) -> Mapping[int, BadImage]:
        """Return why there is no frame at some of `times`. Reads the packets of the episode, decodes nothing."""
        if not times:
            return {}
        with _opened(self.folder, self.span.file) as (container, stream):
            return self._missing(times, self._times(container, stream, times[0], times[-1]))

    def require_whole(self, times: Sequence[float], container: Any, stream: Any) -> None:
        """Raise CorruptRecord where the frames end before `times` do.

        A frame is missing then, and nobody knows which: a recorder that lost one in the middle wrote those after it one place too
        early. Where a hole in the frames' own times says which one it is, only its step has none.
        """
        there = self._times(container, stream, times[0], times[-1]) if times else []
        if times and len(times) - 1 in self._missing(times, there):
            raise CorruptRecord(
                "the video ends before the last step does, so it lacks frames, and which ones cannot be told",
                where=f"{self.span.file}, at {times[-1]:.3f} s",
                got=f"frames up to {there[-1]:.3f} s" if there else "no frame",
                allowed=f"{len(times):,} frames",
            )

    def _missing(self, times: Sequence[float], there: Sequence[float]) -> dict[int, BadImage]:
        found = _at(times, iter([(time, time) for time in there]), self.within, float)
        return {i: each for i, each in enumerate(found) if isinstance(each, BadImage)}

    def _times(self, container: Any, stream: Any, first: float, last: float) -> list[float]:
        """The times of the episode's frames from `first` to `last`, and some around them: seconds, rising."""
        base, found = float(stream.time_base), []
        _seek(container, stream, first - self.within)
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            found.append(packet.pts * base)
            # No packet after this one has a frame before its decoding time.
            if packet.dts is not None and packet.dts * base > last + self.within:
                break
        return sorted(filter(self._is_own, found))

    def _is_own(self, time: float) -> bool:
        """Whether a frame at this time is of this episode, and not of the next."""
        return self.span.stop is None or time < self.span.stop - self.within

    def digest(self, times: Sequence[float]) -> str:
        """A digest of the encoded frames from the first to the last of `times`: equal for the same video in another file."""
        if not times:
            return ""
        first, last = times[0], times[-1]
        with _opened(self.folder, self.span.file) as (container, stream):
            base, hasher = float(stream.time_base), xxhash.xxh3_64()
            _seek(container, stream, first - self.within)
            for packet in container.demux(stream):
                if packet.pts is not None and first - self.within <= packet.pts * base <= last + self.within:
                    hasher.update(bytes(packet))
                if packet.dts is not None and packet.dts * base > last + self.within:
                    break
            return hasher.hexdigest()

    def _decoded(self, container: Any, stream: Any, first: float) -> Iterator[tuple[float, Any]]:
        """(time, frame) from a frame at or before `first` to the end of the file."""
        import av

        stream.thread_type = "AUTO"
        base = float(stream.time_base)
        _seek(container, stream, first - self.within)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue  # the steps of its frames find none, and say so
            for frame in frames:
                if frame.pts is not None and self._is_own(frame.pts * base):
                    yield frame.pts * base, frame


def clip_of(folder: Folder, span: Span, fps: float, times: Sequence[float]) -> Clip:
    """Open the video of an episode whose steps are at `times`. MissingFile where there is none, CorruptRecord where no frame can
    be read, or where it ends before the last step."""
    with _opened(folder, span.file) as (container, stream):
        size = (stream.height, stream.width)
        if not all(size):
            raise CorruptRecord("the video says no size of its frames", where=span.file, hint=_HINT)
        found = Clip(folder, span, TOLERANCE / fps, size)
        found.require_whole(times, container, stream)
    return found


@contextmanager
def _opened(folder: Folder, file: str) -> Iterator[tuple[Any, Any]]:
    """The container, and its first video stream."""
    av = _library(folder.path(file))
    with folder.open(file) as opened, explained(folder.path(file)):
        try:
            # As MP4 and as nothing else: a playlist that says it is a video would have FFmpeg open what it lists.
            with av.open(folder.path(file) if folder.is_local else opened, format="mp4") as container:
                stream = next(iter(container.streams.video), None)
                if stream is None or stream.codec_context is None:
                    raise CorruptRecord("the file has no video that can be read", where=file, hint=_HINT)
                yield container, stream
        except (av.FFmpegError, EOFError, OSError) as error:
            # A damaged table of contents asks for places that no file has; what else a disk or a server says is not the
            # fault of the file.
            if not isinstance(error, av.FFmpegError | EOFError) and error.errno != errno.EINVAL:
                raise
            what = f"this is no readable video: {getattr(error, 'strerror', '') or error}"
            raise CorruptRecord(what, where=file, hint=_HINT) from None


def _library(path: str) -> Any:
    try:
        import av
    except ImportError:
        hint = 'pip install "vladata[video]", or a recipe whose cameras are no videos.'
        raise MissingExtra("videos need the package av", where=path, hint=hint) from None
    av.logging.set_level(None)  # what FFmpeg prints of damaged files is said by our own errors
    return av


def _seek(container: Any, stream: Any, time: float) -> None:
    """Go to the last frame at or before `time` from which decoding can begin."""
    if time > 0:
        container.seek(int(time / float(stream.time_base)), stream=stream, backward=True)


def _at(
    times: Sequence[float], there: Iterator[tuple[float, Any]], within: float, made: Any
) -> Iterator[Any]:
    """For each of `times`, what is `there` within so many seconds of it, made into a value; else a BadImage. Each once."""
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
