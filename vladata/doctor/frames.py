"""black-frames, duplicate-frames, camera-constant: pictures that are black, or repeat the picture before.

black      the mean below 3 of 255, and nothing brighter than 12
duplicate  the same bytes as the picture before, though state or action changed: an encoder gives equal pixels equal bytes
constant   a camera whose every sampled picture is the same
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import xxhash

from vladata.doctor.finding import Finding, Tally, percent, share
from vladata.doctor.pictures import Reel

DARK, BRIGHTEST = 3.0, 12  # of 255
FEW = 0.01  # share of duplicates that is no more than a remark


class FrameCheck:
    """A look at every reel of the sample."""

    def __init__(self) -> None:
        self.frames: dict[str, int] = defaultdict(int)
        self.black: dict[str, Tally] = defaultdict(Tally)
        self.same: dict[str, Tally] = defaultdict(Tally)
        self.kinds: dict[str, set[int]] = defaultdict(set)
        self.episodes: dict[str, int] = defaultdict(int)
        self.blind: dict[str, int] = defaultdict(int)

    def see(self, reel: Reel) -> np.ndarray:
        """Count a reel; return the RLDS step numbers that can be cut out: none if the camera is black or still throughout."""
        camera = reel.camera
        self.frames[camera] += len(reel.data)
        self.episodes[camera] += 1
        hashes = np.array([xxhash.xxh3_64_intdigest(data) for data in reel.data], np.uint64)
        if len(self.kinds[camera]) < 2:
            self.kinds[camera].update(hashes[:2].tolist(), hashes[-1:].tolist())
        black = np.array([image is not None and _is_black(image) for image in reel.small], bool)
        same = np.zeros(len(hashes), bool)
        same[1:] = (hashes[1:] == hashes[:-1]) & reel.moved[1:]
        same &= ~black
        for tallies, found in ((self.black, black), (self.same, same)):
            if found.any():
                tallies[camera].add(reel.episode, int(np.count_nonzero(found)))
        self.blind[camera] += bool(black.all())
        seen = ~(black | same)
        cut: np.ndarray = reel.numbers[~seen if np.count_nonzero(seen) > 1 else []]
        return cut

    def findings(self) -> Iterator[Finding]:
        for camera, frames in self.frames.items():
            yield from self._black(camera, frames)
            if len(self.kinds[camera]) == 1 and self.episodes[camera] > 1 and not self.black[camera].episodes:
                says = (
                    f"Camera {camera} shows the same picture in all {frames:,} frames that were looked at: a model learns "
                    "nothing from it."
                )
                advice = "Leave the camera out of the recipe, or correct its field in the schema."
                yield Finding(
                    "camera-constant",
                    "warning",
                    says,
                    advice,
                    {"camera": camera, "frames": frames},
                    self.episodes[camera],
                    frames,
                )
                continue
            yield from self._same(camera, frames)

    def _black(self, camera: str, frames: int) -> Iterator[Finding]:
        tally = self.black[camera]
        if tally.steps:
            blind = self.blind[camera]
            says = f"{tally.steps:,} of {frames:,} frames ({percent(share(tally.steps, frames))}) of camera {camera} are black"
            says += (
                f", in {blind} of {self.episodes[camera]} episodes all of them: the camera was missing there."
                if blind
                else "."
            )
            advice = (
                "Leave the camera out of the recipe, or drop those episodes with filter_episode in the schema."
                if blind
                else "Write a list without these steps with --write-keep-ranges FILE and convert with --keep-ranges FILE."
            )
            evidence = {
                "camera": camera,
                "frames": frames,
                "share": share(tally.steps, frames),
                "episodes_throughout": blind,
            }
            yield Finding("black-frames", "warning", says, advice, evidence, **tally.counts())

    def _same(self, camera: str, frames: int) -> Iterator[Finding]:
        tally = self.same[camera]
        if tally.steps:
            part = share(tally.steps, frames)
            says = (
                f"{tally.steps:,} of {frames:,} frames ({percent(part)}) of camera {camera} repeat the frame before, though "
                "the arm moves: the picture is older than the action."
            )
            advice = (
                "The camera was slower than the steps, or stopped for a while. Write a list without these steps with "
                "--write-keep-ranges FILE and convert with --keep-ranges FILE; or take every n-th step with select: {hz: ...} "
                "in the recipe."
            )
            evidence = {"camera": camera, "frames": frames, "share": part}
            yield Finding(
                "duplicate-frames",
                "info" if part < FEW else "warning",
                says,
                advice,
                evidence,
                **tally.counts(),
            )


def _is_black(image: np.ndarray) -> bool:
    return float(image.mean()) < DARK and int(image.max()) <= BRIGHTEST
