"""Distances of predicted actions from the actions of the data, in physical units, for each dimension.

Each token is predicted from the true tokens before it (teacher forcing); the likeliest is taken, and the tokens of the action are
decoded. So the distance shows how much a change of the loss means in metres and radians. It is not the error of an action that
the model writes by itself, in which one wrong token leads to others. Tokens that do not spell an action are counted as
unreadable, and have no distance.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from vladata.consumer.training.loss import IGNORED
from vladata.consumer.training.meters import Meters
from vladata.consumer.training.parts import Part
from vladata.consumer.training.spelled import TERMINATE, Spelling, target_of
from vladata.errors import CodecError

MOST = 64  # most actions of a part that are decoded


def count_actions(spelling: Spelling, part: Part, logits: torch.Tensor, meters: Meters) -> None:
    """Decode the predicted actions of the first samples of a part that hold actions, and count their distances in `meters`.

    Names: DATASET/action_error/DIMENSION, the mean distance; DATASET/terminate_accuracy; DATASET/unreadable_actions.
    """
    likely = logits.argmax(-1).cpu().numpy()  # [B, L], at place t the token of t + 1
    for i in _spelled(part):
        ids, labels = part.arrays["input_ids"][i], part.arrays["labels"][i]
        target = target_of(labels)
        found = spelling.places(part.said, i, ids[target].tolist())
        if found is None:
            continue
        span, places = found
        said = np.where(labels == IGNORED, ids, np.concatenate([ids[:1], likely[i, :-1]]))[target]
        whose = part.said["dataset"][i]
        codec = spelling.terms.codecs[part.said["contract"][i]]
        try:
            decoded = _decoded(spelling, codec, said[places.start : places.stop].tolist(), places.start == 0)
        except CodecError:
            meters.mean(f"{whose}/unreadable_actions", 1, 1)
            continue
        meters.mean(f"{whose}/unreadable_actions", 0, 1)
        meant = codec.decode(span.bins.reshape(decoded.shape) if codec.width is not None else span.bins[0])
        _compare(codec, whose, decoded, meant, part.said["action"][i], part.said["mask"][i], meters)


def _spelled(part: Part) -> Iterator[int]:
    """Yield the numbers of the samples with an action contract, at most MOST of them."""
    yield from [i for i, digest in enumerate(part.said["contract"]) if digest][:MOST]


def _decoded(spelling: Spelling, codec: Any, ids: Sequence[int], first: bool) -> np.ndarray:
    """Return the action that tokens spell, [W] or [n, W].

    Raises CodecError (or its subclass ParseError) if they spell no action."""
    if spelling.vocabulary is not None:
        bins = spelling.vocabulary.bins(ids)
        if codec.width is not None:
            bins = bins.reshape(-1, codec.width) if codec.chunk > 1 else bins
    else:
        pieces = (spelling.tokens.piece(id, first=first and n == 0) for n, id in enumerate(ids))
        bins = codec.parse("".join(pieces).strip())
    found: np.ndarray = codec.decode(bins)
    return found


def _compare(
    codec: Any,
    whose: str,
    decoded: np.ndarray,
    meant: np.ndarray,
    action: np.ndarray,
    mask: np.ndarray,
    meters: Meters,
) -> None:
    """Count the distances of one sample.

    decoded: [W] or [n, W], the predicted action.
    meant:   the same shape, the action that the target spells.
    action:  [H, D], the action of the data.
    mask:    [H].
    """
    names = codec.spelled_names
    rows = decoded.reshape(-1, len(names))
    own = np.flatnonzero(mask[: len(rows)])
    dims = [n for n, name in enumerate(names) if name != TERMINATE]
    distances = np.abs(rows[own][:, dims].astype(np.float64) - action[own, : len(dims)])
    for n, dim in enumerate(dims):
        meters.mean(f"{whose}/action_error/{names[dim]}", float(distances[:, n].sum()), len(own))
    if len(dims) < len(names):
        ends = rows[own, 0] == meant.reshape(-1, len(names))[own, 0]
        meters.mean(f"{whose}/terminate_accuracy", float(ends.sum()), len(own))
