"""A model's tokens as text, and which of them may come next by a rule.

Which tokens may follow is found once for each state of a rule, from the tokens that begin with a character that may follow; so a
vocabulary of 256,000 costs as much as the few of its tokens that are numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vladata.consumer.decoding.target_rule import State, TargetRule
from vladata.consumer.models.backbone import Tokens
from vladata.errors import CodecError

MOST_STATES = 20_000  # whose tokens are remembered


@dataclass
class Pieces:
    """The texts of all tokens of a model, said first and later. tokens: those of the model."""

    tokens: Tokens
    _texts: dict[bool, list[str]] = field(default_factory=dict)
    _begun: dict[bool, dict[str, list[int]]] = field(default_factory=dict)
    _allowed: dict[tuple[int, State, bool], np.ndarray] = field(default_factory=dict)
    _rules: dict[int, TargetRule] = field(default_factory=dict)

    def text(self, id: int, first: bool) -> str:
        """What a token adds to a target."""
        return self._all(first)[id]

    def allowed(self, rule: TargetRule, state: State, first: bool) -> np.ndarray:
        """int64 [n], the ids that may come next in a state that is not free, the end of a target among them; rising.

        Raises CodecError where there is none: the tokens cannot spell what the rule wants."""
        key = (id(rule), state, first)
        if key not in self._allowed:
            self._rules[id(rule)] = rule  # so that its number stays its own
            if len(self._allowed) >= MOST_STATES:
                self._allowed.clear()
            self._allowed[key] = self._found(rule, state, first)
        return self._allowed[key]

    def fits(self, rule: TargetRule, state: State, id: int, first: bool) -> State | None:
        """The state after a token; None where it may not be said. The end is no token of a target."""
        return rule.said(state, id, self.text(id, first))

    def target(self, rule: TargetRule, ids: Sequence[int], spelled: Callable[[str, list[int]], str]) -> str:
        """The text of a target. spelled: given a place and the ids that say it, its text."""
        out, state, held = "", rule.start, list[int]()
        for number, id in enumerate(ids):
            part = rule.by_ids(state)
            following = self.fits(rule, state, id, number == 0)
            assert following is not None, "these ids were said by the rule"
            if part is not None and following.part == state.part:
                held.append(id)
            else:
                out += self._spelled(rule, state, held, spelled)
                out += self.text(id, not out)
            state = following
        return out + self._spelled(rule, state, held, spelled)

    @staticmethod
    def _spelled(
        rule: TargetRule, state: State, held: list[int], spelled: Callable[[str, list[int]], str]
    ) -> str:
        if not held or rule.by_ids(state) is None:
            return ""
        text = spelled(rule.parts[state.part].name, list(held))
        held.clear()
        return text

    def _found(self, rule: TargetRule, state: State, first: bool) -> np.ndarray:
        texts, begun = self._all(first), self._begun[first]
        ids = [
            id
            for letter in rule.letters(state)
            for id in begun.get(letter, ())
            if rule.said(state, id, texts[id]) is not None
        ]
        by_ids = rule.by_ids(state)
        if by_ids is not None:
            ids += by_ids.allowed(state.inner).ids
        if rule.may_end(state):
            ids.append(self.tokens.end)
        if not ids:
            raise CodecError(
                "no token of the model goes on with the target",
                where=f"target {rule.template}",
                allowed=", ".join(sorted(map(repr, rule.letters(state)))),
                hint="Give the model a vocabulary for its actions (vladata vocab make).",
            )
        return np.array(sorted(set(ids)), np.int64)

    def _all(self, first: bool) -> list[str]:
        if first not in self._texts:
            texts = [self.tokens.piece(id, first) for id in range(self.tokens.size)]
            texts[self.tokens.end] = ""
            begun: defaultdict[str, list[int]] = defaultdict(list)
            for id, text in enumerate(texts):
                if text:
                    begun[text[0]].append(id)
            self._texts[first], self._begun[first] = texts, dict(begun)
        return self._texts[first]
