"""Collators: a batch of the loader -> the input of a model. Both run in the loader's threads, and return numpy arrays.

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
"""The columns that Plain returns if it was given no names; columns that the batch does not have are left out."""


class Plain:
    """Arrays and texts as they are, actions and states scaled on request.

    keys:    the names of the wanted columns; USUAL if none are given.
    actions: "quantiles" or "mean_std" (normaliser.py), by the statistics of each sample's contract; None leaves them as stored.
    states:  the scaling of states, likewise.

    Rows that a sample's action does not have, and numbers beyond its dimensions, stay 0.
    """

    def __init__(self, *keys: str, actions: str | None = None, states: str | None = None) -> None:
        for kind, column in ((actions, "action"), (states, "state")):
            if kind is not None:
                check_kind(kind, column)
        self.keys, self.actions, self.states = keys, actions, states
        self.terms: Terms | None = None
        self._known: dict[tuple[str, str], Normaliser] = {}

    def bound(self, terms: Terms) -> Self:
        """Return the collator for samples of these contracts; a loader calls this."""
        made = type(self)(*self.keys, actions=self.actions, states=self.states)
        made.terms = terms
        return made

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the wanted columns of a batch."""
        lacks = [key for key in self.keys if key not in batch]
        if lacks:
            raise UsageError(
                "unknown column of a batch", where="Plain", got=lacks[0], allowed=", ".join(batch)
            )
        out = {key: batch[key] for key in self.keys or [name for name in USUAL if name in batch]}
        if self.actions is not None and "action" in out:
            out["action"] = self._scaled(batch, "action", self.actions)
        if self.states is not None and "state" in out:
            out["state"] = self._scaled(batch, "state", self.states)
        return out

    def of(self, digest: str, column: str = "action") -> Normaliser:
        """Return the scaling of "action" or "state" of a contract, with its `inverse`. Raises UsageError if nothing is scaled."""
        kind = self.actions if column == "action" else self.states
        if kind is None:
            raise UsageError(f"the {column} is not scaled", where="Plain", got=column)
        found = self._known.get((digest, column))
        if found is None:
            contract = known(self.terms, digest, "Plain")
            assert self.terms is not None
            if digest not in self.terms.statistics:
                raise UsageError(
                    "two sources of the mixture share one action contract but have different statistics, so no scale fits both",
                    where="Plain",
                    got=digest,
                    hint="Load the sources separately, or scale in the training loop by the sample's dataset.",
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
                continue  # an image-text pair has no contract
            scale, rows = self.of(digest, column), np.flatnonzero(digests == digest)
            dims = len(scale.low)
            made = scale(values[rows][..., :dims])
            if column == "action":
                made[~self._has(batch, rows, digest)] = 0
            out[rows, ..., :dims] = made
        return out

    def _has(self, batch: Mapping[str, Any], rows: np.ndarray, digest: str) -> np.ndarray:
        """Return bool [N, H]: True for rows of actions that samples have, including repeated rows."""
        contract = known(self.terms, digest, "Plain")
        mask = np.asarray(batch["mask"][rows])
        if contract["windows"]["tail"] != "repeat" or contract["chunk_length"] == 1:
            return mask
        there = np.arange(mask.shape[1]) < int(contract["chunk_length"])
        return np.broadcast_to(there, mask.shape)
