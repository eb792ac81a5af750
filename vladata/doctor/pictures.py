"""Pictures of sampled episodes, decoded small.

The episodes are those with the oddest lengths of pictures, and those whose ids have the smallest hashes: the same on every run.
Up to FRAMES pictures of each are decoded, at the smallest scale of their DCT that leaves SIDE pixels, in a tenth of the time of a
whole decode.
"""

import heapq
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from vladata import pixels
from vladata.doctor.track import Track
from vladata.errors import VladataError
from vladata.index.pictures import IMAGE_COLUMNS
from vladata.keys import seed_of
from vladata.records import Place
from vladata.sources.source import Source
from vladata.spec.dimensions import is_change
from vladata.transforms.standardise import Standardiser

SIDE = 32  # pixels, at least, of each side
FRAMES = 200  # of one camera in one episode
STIR = 0.1  # of the usual change
ODD = 0.05  # what counts as odd
SMALL = 0.6  # of the mean length: a smaller picture is odd


@dataclass(frozen=True, eq=False)
class Reel:
    """The pictures of one camera in one episode.

    episode, camera: who and what.
    numbers:         [F] RLDS step numbers of the pictures.
    data:            their bytes, encoded or pixels.
    small:           uint8 [h, w, 3] RGB each, or None for what cannot be decoded.
    moved:           bool [F], True where the arm moved in the step before.
    """

    episode: str
    camera: str
    numbers: np.ndarray
    data: Sequence[bytes]
    small: Sequence[np.ndarray | None]
    moved: np.ndarray


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of an episode, to read it again. odd: 0..1, how odd the lengths of its pictures are, as the index has them."""

    split: str
    place: Place
    crc: int
    odd: float = 0.0


class Chosen:
    """A choice of `count` episodes: up to half of them the oddest, the others those whose ids hash lowest.

    A black picture is a small file, and a repeated one is as long as the one before; so one of them in a large dataset is
    found without decoding all the others.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._drawn: list[_Offer] = []
        self._odd: list[_Offer] = []

    def see(self, episode: str, spot: Spot) -> None:
        """Offer an episode."""
        drawn = -seed_of(1, episode)
        _keep(self._drawn, self.count, (0.0, drawn, episode, spot))
        if spot.odd > ODD:
            _keep(self._odd, self.count // 2, (spot.odd, drawn, episode, spot))

    def spots(self) -> list[tuple[str, Spot]]:
        """Return (id, spot) of the chosen episodes, in the order of the ids."""
        offers = [*sorted(self._odd, reverse=True), *sorted(self._drawn, reverse=True)]
        found = {episode: spot for _, _, episode, spot in offers}
        return sorted(list(found.items())[: self.count], key=lambda entry: entry[0])


_Offer = tuple[float, int, str, Spot]


def _keep(heap: list[_Offer], count: int, offer: _Offer) -> None:
    """Put an offer among the `count` largest."""
    if count:
        heapq.heappush(heap, offer)
        if len(heap) > count:
            heapq.heappop(heap)


def reels_of(source: Source, standardise: Standardiser, episode: str, spot: Spot) -> Iterator[Reel]:
    """Return the reels of one episode; none where it cannot be read any more, which the index has said already."""
    try:
        data = source.read(spot.place, spot.crc)
        found = standardise(source.decode(spot.split, spot.place, data, standardise.wanted))
    except VladataError:
        return
    changes = [d for d, name in enumerate(standardise.chain.names) if is_change(name)]
    moved = stirred(np.asarray(found.steps["action"]), np.asarray(found.steps["state"]), changes)[:FRAMES]
    swapped = standardise.spec.swap_channels
    for name, column in found.steps.items():
        if name.startswith(IMAGE_COLUMNS) and len(column):
            camera = name.removeprefix(IMAGE_COLUMNS)
            pictures = column[:FRAMES]
            images = [p.tobytes() if isinstance(p, np.ndarray) else bytes(p) for p in pictures]
            small = [
                reduced(picture, camera in swapped)
                if isinstance(picture, np.ndarray)
                else decoded(image, camera in swapped)
                for picture, image in zip(pictures, images, strict=True)
            ]
            yield Reel(episode, camera, found.numbers[:FRAMES], images, small, moved)


def stirred(action: np.ndarray, state: np.ndarray, changes: Sequence[int]) -> np.ndarray:
    """Return in which steps the arm moved in the step before, bool [N], False for the first step.

    It moved if action and state changed by more than a tenth of the usual change, which a sensor's noise does not, or if the
    action's `changes` (its dimensions) told it to.

    Columns are compared beside their own spread.
    """
    both = np.concatenate([action, state], axis=1).astype(np.float64)
    if len(both) < 2:
        return np.zeros(len(both), bool)
    seen = np.linalg.norm(np.diff(both, axis=0) / np.maximum(both.std(axis=0), 1e-9), axis=1)
    told = action[:-1, list(changes)].astype(np.float64)
    told = np.linalg.norm(told / np.maximum(np.sqrt(np.square(told).mean(axis=0)), 1e-9), axis=1)
    moved = [lengths > STIR * np.quantile(lengths, 0.9) for lengths in (seen, told)]
    return np.concatenate([[False], moved[0] | moved[1]])


def reduced(picture: np.ndarray, swapped: bool) -> np.ndarray:
    """uint8 [h, w, 3] RGB, small, of pixels. swapped: red and blue change places."""
    image = Image.fromarray(pixels.rgb(picture))
    small = np.asarray(image.reduce(max(1, min(image.size) // SIDE)))
    return small[:, :, ::-1] if swapped else small


def decoded(data: bytes, swapped: bool) -> np.ndarray | None:
    """uint8 [h, w, 3] RGB, small; None for what is no picture of 8 bits a channel. swapped: red and blue change places."""
    try:
        if data[:2] == b"\xff\xd8":
            found = simplejpeg.decode_jpeg(data, min_height=SIDE, min_width=SIDE, min_factor=1)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(io.BytesIO(data), formats=("PNG", "GIF", "WEBP", "JPEG"))
                if image.mode[0] in "IF":
                    return None
                found = np.asarray(image.convert("RGB").reduce(max(1, min(image.size) // SIDE)))
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ):
        return None
    chosen: np.ndarray = found[:, :, ::-1] if swapped else found
    return chosen


def spot_of(track: Track, row: Mapping[str, Any]) -> Spot:
    """Return the spot of a track, from the columns of the index that say where it lies and what pictures it has."""
    place = Place(row["file"], row["shard"], row["record"], row["offset"], row["length"])
    odd = max((_odd(each, len(track)) for each in row["images"]), default=0.0)
    return Spot(track.split, place, row["crc"], odd)


def _odd(images: Mapping[str, int], count: int) -> float:
    """Return how odd the `count` pictures of one camera are by their lengths, 0 to 1."""
    mean = images["bytes"] / max(1, count)
    small = 1 - images["least"] / mean if images["least"] < SMALL * mean else 0.0
    return max(small, images["repeats"] / max(1, count))
