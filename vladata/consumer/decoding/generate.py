"""Targets of a batch of prompts, token by token, with the keys and values of what was said kept.

Each row has a rule of its own (target_rule.py), or none: language beside actions in one batch. A row is a function of its logits,
its rule and its seed, whatever the rows beside it.

LENGTH. The free parts of a target may take `most` tokens together; then they are closed by the words that follow, or the target
is over. A held part ends by itself and is never cut short: to hurry a model that spells an action would be to change the action.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.decoding.target_rule import TargetRule, Where
from vladata.consumer.models.backbone import Backbone, Tensors
from vladata.errors import CodecError

ENDLESS = 65_536  # tokens: no target is so long


@dataclass
class Row:
    """One target under way. rule: what it may say; None: anything.   draw: what it draws by; None: the likeliest token."""

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
    """How tokens are chosen. most: tokens of a free part.   temperature: 0: the likeliest."""

    pieces: Pieces
    most: int
    temperature: float = 0.0

    def next(self, row: Row, logits: np.ndarray) -> int:
        """Say the next token of a row, float [V], and return it; the end once it is done."""
        end = self.pieces.tokens.end
        if row.done:
            return end
        id = self._freely(row, logits) if self._is_free(row) else self._held(row, logits)
        if id == end:
            row.done = True
        else:
            row.ids.append(id)
        return id

    def _is_free(self, row: Row) -> bool:
        if row.rule is None:
            return True
        assert row.where is not None
        if row.free >= self.most:
            row.where = row.rule.closing(row.where)
        return row.rule.is_free(row.where)

    def _freely(self, row: Row, logits: np.ndarray) -> int:
        """Any token that leaves a whole target possible; the end where the target may be over."""
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
        row.where = row.rule.closing(row.where)  # the model has no word for it
        return self._held(row, logits)

    def _held(self, row: Row, logits: np.ndarray) -> int:
        assert row.rule is not None
        assert row.where is not None
        end, first = self.pieces.tokens.end, not row.ids
        allowed = self.pieces.allowed(row.rule, row.where, first)
        if len(row.ids) > ENDLESS:
            raise CodecError("a target does not end", where=row.rule.template, got=f"{len(row.ids)} tokens")
        id = int(allowed[self._chosen(row, logits[allowed])])
        if id != end:
            row.where = row.rule.said(row.where, id, self.pieces.text(id, first))
        return id

    def _chosen(self, row: Row, logits: np.ndarray) -> int:
        """The place of the likeliest; or of one that is drawn, by adding Gumbel noise."""
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
    """The ids of a target for each prompt of a batch, without the end.

    batch: of Collator.for_inference, as tensors.   rules: one a row; None: free.   pieces: of backbone.tokens, for all calls.
    seeds: one a row, where temperature is not 0. Raises CodecError where the model has no token for what a rule wants."""
    draws = [np.random.default_rng(seed) for seed in seeds] if seeds is not None else [None] * len(rules)
    rows = [Row(rule, draw) for rule, draw in zip(rules, draws, strict=True)]
    saying = Saying(pieces, most, temperature)
    with torch.no_grad():
        logits, state = backbone.begin(batch)
        while True:
            values = logits.float().cpu().numpy()
            said = [saying.next(row, each) for row, each in zip(rows, values, strict=True)]
            if all(row.done for row in rows):
                return [row.ids for row in rows]
            logits, state = backbone.extend(torch.tensor(said, device=logits.device), state)
