"""The targets of a batch of prompts, written token by token; keys and values of earlier tokens are cached.

Each row has a rule of its own (target_rule.py), or none, so that texts and actions can be in one batch. A row depends only on its
logits, its rule and its seed, not on the other rows of the batch.

LENGTH. All free parts of a target together may have `most` tokens; then the words after the part are written, or the target ends.
A part with an automaton ends by itself and is never cut short, because that would change the action.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.decoding.target_rule import TargetRule, Where
from vladata.consumer.models.backbone import Backbone, Tensors
from vladata.errors import CodecError

ENDLESS = 65_536  # tokens; a longer target is an error


@dataclass
class GeneratedRow:
    """One target while it is written.

    rule:  the rule of the target; None allows any text.
    draw:  the random generator; None takes the likeliest token.
    ids:   the tokens so far.
    done:  True after the end token.
    where: the states of the rule; None without a rule.
    free:  the number of tokens in free parts so far."""

    rule: TargetRule | None
    draw: np.random.Generator | None = None
    ids: list[int] = field(default_factory=list)
    done: bool = False
    where: Where | None = None
    free: int = 0

    def __post_init__(self) -> None:
        self.where = None if self.rule is None else self.rule.start


@dataclass(frozen=True)
class Saying:
    """The way in which tokens are chosen.

    pieces:      the texts of the model's tokens.
    most:        most tokens of all free parts together.
    temperature: 0 takes the likeliest token."""

    pieces: Pieces
    most: int
    temperature: float = 0.0

    def next(self, row: GeneratedRow, logits: np.ndarray) -> int:
        """Choose the next token of a row by its logits, float [V], add it and return it; the end token once the row is done."""
        end = self.pieces.tokens.end
        if row.done:
            return end
        id = self._freely(row, logits) if self._is_free(row) else self._held(row, logits)
        if id == end:
            row.done = True
        else:
            row.ids.append(id)
        return id

    def _is_free(self, row: GeneratedRow) -> bool:
        if row.rule is None:
            return True
        assert row.where is not None
        if row.free >= self.most:
            row.where = self.pieces.closed(row.rule, row.where)
        return row.rule.is_free(row.where)

    def _freely(self, row: GeneratedRow, logits: np.ndarray) -> int:
        """Choose any token after which the target can still be completed, or the end token if the target may end."""
        end, first = self.pieces.tokens.end, not row.ids
        row.free += 1
        if row.rule is None:
            return end if row.free > self.most else self._chosen(row, logits)
        assert row.where is not None
        left = np.where(np.isnan(logits), -np.inf, logits)
        ends = left[end]
        left[np.flatnonzero(self.pieces.all(first).silent)] = -np.inf
        left[end] = ends if row.rule.may_end(row.where) else -np.inf
        for _ in range(len(left)):
            id = self._chosen(row, left)
            if id == end and row.rule.may_end(row.where):
                return end
            after = self.pieces.fits(row.rule, row.where, id, first) if left[id] > -np.inf else None
            if after is not None:
                row.where = after
                return id
            if not (left > -np.inf).any():
                break
            left[id] = -np.inf
        row.where = self.pieces.closed(row.rule, row.where)  # no token can continue the free part
        return self._held(row, logits)

    def _held(self, row: GeneratedRow, logits: np.ndarray) -> int:
        assert row.rule is not None
        assert row.where is not None
        end, first = self.pieces.tokens.end, not row.ids
        allowed = self.pieces.allowed(row.rule, row.where, first)
        if len(row.ids) > ENDLESS:
            got, most = f"{len(row.ids):,} tokens", f"up to {ENDLESS:,}"
            raise CodecError("a target does not end", where=row.rule.template, got=got, allowed=most)
        id = int(allowed[self._chosen(row, logits[allowed])])
        if id != end:
            row.where = row.rule.said(row.where, id, self.pieces.text(id, first))
        return id

    def _chosen(self, row: GeneratedRow, logits: np.ndarray) -> int:
        """Return the position in `logits` of the likeliest token, or of one that is drawn by adding Gumbel noise."""
        if row.draw is None or self.temperature == 0:
            return int(np.nanargmax(np.where(np.isnan(logits), -np.inf, logits)))
        noise = row.draw.gumbel(size=len(logits))
        return int(np.argmax(np.nan_to_num(logits, nan=-np.inf) / self.temperature + noise))


def generate(
    backbone: Backbone,
    batch: Tensors,
    rules: Sequence[TargetRule | None],
    pieces: Pieces,
    most: int = 64,
    temperature: float = 0.0,
    seeds: Sequence[int] | None = None,
) -> list[list[int]]:
    """Return the ids of a target for each prompt of a batch, without the end token.

    batch:  the result of Collator.for_inference, as tensors.
    rules:  one for each row; None allows any text.
    pieces: made from backbone.tokens, once for all calls.
    most:   most tokens of all free parts of a target together.
    seeds:  one for each row, if temperature is not 0.
    Raises CodecError if no token of the model can continue a target."""
    draws = [np.random.default_rng(seed) for seed in seeds] if seeds is not None else [None] * len(rules)
    rows = [GeneratedRow(rule, draw) for rule, draw in zip(rules, draws, strict=True)]
    saying = Saying(pieces, most, temperature)
    with torch.no_grad():
        logits, state = backbone.begin(batch)
        while True:
            values = logits.float().cpu().numpy()
            said = [saying.next(row, each) for row, each in zip(rows, values, strict=True)]
            if all(row.done for row in rows):
                return [row.ids for row in rows]
            logits, state = backbone.extend(torch.tensor(said, device=logits.device), state)
