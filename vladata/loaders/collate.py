"""Collators: a batch of the loader -> what a model takes. Both run in the loader's threads, and give numpy.

vladata.load(OUT, 32, collate=Plain("key", "action", "mask", "state", "images", actions="quantiles"))
vladata.load(OUT, 32, collate=ForProcessor(processor, max_length=512))
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from vladata.errors import UsageError
from vladata.loaders.collators.normaliser import Normaliser, check_kind, normaliser
from vladata.loaders.collators.processor import ForProcessor as ForProcessor
from vladata.loaders.collators.terms import Terms, known
from vladata.loaders.collators.terms import terms_of as terms_of

USUAL = (
    "key",
    "task",
    "prompt",
    "target",
    "instruction",
    "contract",
    "action",
    "mask",
    "valid",
    "action_dims",
    "bins",
    "state",
    "state_dims",
    "loss_weight",
    "images",
    "image_mask",
)
"""The columns that are given where nothing is asked for, as far as the batch has them."""


class Plain:
    """Arrays and texts as they are, actions and states scaled on request.

    keys:    the columns that are wanted; none: USUAL.
    actions: "quantiles" or "mean_std" (normaliser.py), by the statistics of each sample's contract; None: as they are stored.
    states:  likewise.

    Rows of an action that a sample has not, and numbers beyond its dimensions, stay 0.
    """

    def __init__(self, *keys: str, actions: str | None = None, states: str | None = None) -> None:
        for kind, column in ((actions, "action"), (states, "state")):
            if kind is not None:
                check_kind(kind, column)
        self.keys, self.actions, self.states = keys, actions, states
        self.terms: Terms | None = None
        self._known: dict[tuple[str, str], Normaliser] = {}

    def bound(self, terms: Terms) -> Self:
        """The collator for samples of these contracts; a loader asks for it."""
        made = type(self)(*self.keys, actions=self.actions, states=self.states)
        made.terms = terms
        return made

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The wanted columns of a batch."""
        lacks = [key for key in self.keys if key not in batch]
        if lacks:
            raise UsageError(
                "the batch has no such column", where="Plain", got=lacks[0], allowed=", ".join(batch)
            )
        out = {key: batch[key] for key in self.keys or [name for name in USUAL if name in batch]}
        if self.actions is not None and "action" in out:
            out["action"] = self._scaled(batch, "action", self.actions)
        if self.states is not None and "state" in out:
            out["state"] = self._scaled(batch, "state", self.states)
        return out

    def of(self, digest: str, column: str = "action") -> Normaliser:
        """What scales "action" or "state" of a contract; its `inverse` is for inference. UsageError where none was asked for."""
        kind = self.actions if column == "action" else self.states
        if kind is None:
            raise UsageError(f"the {column} is not scaled", where="Plain", got=column)
        found = self._known.get((digest, column))
        if found is None:
            contract = known(self.terms, digest, "Plain")
            assert self.terms is not None
            if digest not in self.terms.statistics:
                raise UsageError(
                    "two sources of the mixture have one action contract and other statistics, so no scale is theirs",
                    where="Plain",
                    got=digest,
                    hint="Load the sources apart, or scale in the training loop by the sample's dataset.",
                )
            found = normaliser(kind, column, contract, self.terms.statistics[digest])
            self._known[digest, column] = found
        return found

    def _scaled(self, batch: Mapping[str, Any], column: str, kind: str) -> np.ndarray:
        values = batch[column]
        out: np.ndarray = np.zeros_like(values)
        digests = np.array(batch["contract"], object)
        for digest in dict.fromkeys(batch["contract"]):
            if not digest:
                continue  # of an image-text pair: it has none
            scale, rows = self.of(digest, column), np.flatnonzero(digests == digest)
            dims = len(scale.low)
            made = scale(values[rows][..., :dims])
            if column == "action":
                made[~self._has(batch, rows, digest)] = 0
            out[rows, ..., :dims] = made
        return out

    def _has(self, batch: Mapping[str, Any], rows: np.ndarray, digest: str) -> np.ndarray:
        """bool [N, H]: the rows of actions that samples have, repeated ones among them."""
        contract = known(self.terms, digest, "Plain")
        mask = np.asarray(batch["mask"][rows])
        if contract["windows"]["tail"] != "repeat" or contract["chunk_length"] == 1:
            return mask
        there = np.arange(mask.shape[1]) < int(contract["chunk_length"])
        return np.broadcast_to(there, mask.shape)
