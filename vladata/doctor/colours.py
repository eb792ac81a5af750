"""bgr: pictures whose red and blue have changed places.

Two kinds of evidence, from small pictures:

1. Within the dataset. The colours of an episode (a histogram of hue, weighted by how colourful a pixel is) are far closer to
   those of the other episodes of its camera once red and blue are exchanged; or it is as cold as the others are warm. Where
   the episodes fall into two such camps, the colder one is the swapped one.
2. A prior. Rooms are warm: wood, skin, cardboard and lamps are orange and not blue. A camera that is cold in nearly all
   episodes is perhaps swapped, and perhaps looks at a blue table: that is a warning at most, and its text says so.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from vladata.doctor.finding import Finding
from vladata.doctor.pictures import Reel

BINS = 24  # of hue; exchanging red and blue mirrors them
FAINT = 4.0  # mean colourfulness, of 255, below which a picture has no colours to speak of
CLOSER = 0.5  # distance after exchanging, of that before
COLD, NEARLY_ALL = (
    -0.15,
    0.8,
)  # warmth, -1 to 1, and the share of episodes that are cold, of a camera that perhaps is swapped
EVEN = 2.5  # how many deviations warmth lies from none, for episodes to be told apart by it
LOOKED = 6  # pictures of an episode


class ColourCheck:
    """A look at every reel of the sample, which keeps BINS numbers of each."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, np.ndarray, float]]] = defaultdict(list)

    def see(self, reel: Reel) -> None:
        """Take the colours of a reel."""
        at = np.unique(np.linspace(0, len(reel.small) - 1, LOOKED).round().astype(int))
        images = [image for i in at if (image := reel.small[i]) is not None]
        if images:
            pixels = np.concatenate([image.reshape(-1, 3) for image in images]).astype(np.float64)
            histogram, strength = hues(pixels)
            if strength >= FAINT:
                self.found[reel.camera].append((reel.episode, histogram, warmth(pixels)))

    def findings(self) -> Iterator[Finding]:
        for camera, episodes in self.found.items():
            warm = np.array([w for *_, w in episodes])
            if np.mean(warm < 0) >= NEARLY_ALL:
                yield from self._prior(camera, warm, [e for e, *_ in episodes])
                continue
            histograms = np.array([h for _, h, _ in episodes])
            swapped = _camp(histograms, warm)
            swapped = swapped if len(swapped) else _cold_camp(histograms, warm)
            if len(swapped):
                yield self._within(camera, [episodes[i][0] for i in swapped], len(episodes))

    def _within(self, camera: str, ids: list[str], looked_at: int) -> Finding:
        says = (
            f"In {len(ids)} of {looked_at} sampled episodes the colours of camera {camera} fit those of the other episodes only "
            "with red and blue exchanged: a model sees two kinds of colours."
        )
        advice = (
            "Write those episodes anew with RGB pixels. swap_channels in the schema does not help: it exchanges the channels in "
            "all episodes."
        )
        evidence = {"camera": camera, "by": "the other episodes", "looked_at": looked_at}
        return Finding("bgr", "warning", says, advice, evidence, len(ids), 0, tuple(ids[:5]))

    def _prior(self, camera: str, warm: np.ndarray, ids: list[str]) -> Iterator[Finding]:
        if float(np.median(warm)) > COLD:
            return
        cold = float(np.mean(warm < 0))
        says = (
            f"The pictures of camera {camera} are cold in {cold:.0%} of {len(warm)} sampled episodes (warmth "
            f"{np.median(warm):.2f} on a scale from -1 to 1), which rooms rarely are: perhaps red and blue have changed "
            "places. A blue table or daylight looks the same."
        )
        advice = (
            f"Look at a picture: vladata inspect OUT --sheet sheet.png. If skin is blue, add swap_channels: [{camera}] to the "
            "schema."
        )
        evidence = {
            "camera": camera,
            "by": "a prior on rooms",
            "warmth": float(np.median(warm)),
            "cold": cold,
        }
        yield Finding("bgr", "warning", says, advice, evidence, len(ids), 0, tuple(ids[:5]))


def hues(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """Histogram [BINS] of hue weighted by chroma, summing to 1, and the mean chroma. pixels: float64 [N, 3], 0..255.

    Hue is the angle in the plane across grey: x = r - (g + b) / 2 turned so that exchanging r and b mirrors it:
    x = g - (r + b) / 2, y = (r - b) sqrt(3) / 2. Bin i and bin BINS - 1 - i are each other's mirror.
    """
    r, g, b = pixels.T
    x, y = g - (r + b) / 2, (r - b) * np.sqrt(0.75)
    chroma = np.hypot(x, y)
    angle = np.arctan2(y, x)  # exchanging r and b gives -angle
    counts, _ = np.histogram(angle, BINS, (-np.pi, np.pi), weights=chroma)
    return counts / max(float(counts.sum()), 1e-9), float(chroma.mean())


def warmth(pixels: np.ndarray) -> float:
    """-1 to 1: the share of colour that is on red's side of grey less that on blue's."""
    difference = pixels[:, 0] - pixels[:, 2]
    return float(difference.sum() / max(float(np.abs(difference).sum()), 1e-9))


def _camp(histograms: np.ndarray, warm: np.ndarray) -> np.ndarray:
    """Return the positions of the episodes that fit the others only when mirrored: the colder of two camps."""
    if len(histograms) < 4:
        return np.zeros(0, int)
    mirrored = histograms[:, ::-1]
    plain = np.abs(histograms[:, None] - histograms[None]).sum(axis=2)  # L1, 0 to 2
    crossed = np.abs(mirrored[:, None] - histograms[None]).sum(axis=2)
    sides = _sides(plain, crossed)
    camps = [np.flatnonzero(sides == side) for side in (1, -1)]
    if not len(camps[0]) or not len(camps[1]):
        return np.zeros(0, int)
    within = np.mean([np.median(plain[np.ix_(c, c)]) for c in camps if len(c) > 1])
    between, after = np.median(plain[np.ix_(*camps)]), np.median(crossed[np.ix_(*camps)])
    if after > CLOSER * between or between < 0.4 or within > 0.7 * between:
        return np.zeros(0, int)
    return min(camps, key=lambda c: float(np.median(warm[c])))


def _cold_camp(histograms: np.ndarray, warm: np.ndarray) -> np.ndarray:
    """Return the positions of the episodes that are as cold as the others are warm, and fit them when mirrored.

    Scenes may differ as much as they do among the warm episodes.
    """
    size = np.abs(warm)
    middle = float(np.median(size))
    spread = 1.48 * float(np.median(np.abs(size - middle)))
    cold, others = (
        np.flatnonzero((warm < 0) & (np.abs(size - middle) < 3 * spread)),
        np.flatnonzero(warm >= 0),
    )
    if len(warm) < 8 or middle < 0.1 or spread > middle / EVEN or not len(cold) or len(others) < 2:
        return np.zeros(0, int)
    within, between = (
        _apart(histograms[others], histograms[others]),
        _apart(histograms[cold], histograms[others]),
    )
    after = _apart(histograms[cold][:, ::-1], histograms[others])
    return cold if after < 0.75 * between and after < 1.15 * within else np.zeros(0, int)


def _apart(some: np.ndarray, others: np.ndarray) -> float:
    """Return the median L1 distance between two sets of histograms, 0 to 2."""
    return float(np.median(np.abs(some[:, None] - others[None]).sum(axis=2)))


def _sides(plain: np.ndarray, crossed: np.ndarray) -> np.ndarray:
    """Return +1 or -1 for each episode, the camp that it is in: the signs of the leading eigenvector of (crossed - plain)."""
    affinity = crossed - plain
    sides: np.ndarray = np.where(np.linalg.eigh((affinity + affinity.T) / 2)[1][:, -1] >= 0, 1, -1)
    return sides
