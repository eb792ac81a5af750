"""The texts of a model's tokens, and the tokens that a rule allows next.

NO DEAD ENDS. A token is allowed if the rule allows its text, and if the model's tokens can continue from there to a complete
target. (With only the tokens " 12" and " 1", for example, a model cannot write " 3".) Results are cached by the states of a rule.

The texts are sorted and searched character by character, along the characters that the rule allows. So with a vocabulary of
256,000 tokens, a search costs no more than the few tokens that are numbers.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from vladata.consumer.decoding.target_rule import TargetRule, Where
from vladata.consumer.models.backbone import Tokens
from vladata.errors import CodecError

MOST_STATES = 20_000  # the tokens of so many states are cached
LAST = chr(0x10FFFF)

Key = tuple[TargetRule, Where, bool]


@dataclass(frozen=True)
class Texts:
    """The texts of all tokens.

    texts:   the text of each id.
    ordered: the texts that are not empty, sorted.
    ids:     the ids of `ordered`.
    silent:  bool [V], True for ids without a text."""

    texts: list[str]
    ordered: list[str]
    ids: list[int]
    silent: np.ndarray


@dataclass
class Pieces:
    """The texts of all tokens of a model, at the start of a target and later in it. tokens: the model's tokens."""

    tokens: Tokens
    _texts: dict[bool, Texts] = field(default_factory=dict)
    _allowed: dict[Key, np.ndarray] = field(default_factory=dict)
    _leads: dict[tuple[TargetRule, Where], bool] = field(default_factory=dict)

    def text(self, id: int, first: bool) -> str:
        """Return the text that a token adds to a target."""
        return self.all(first).texts[id]

    def allowed(self, rule: TargetRule, where: Where, first: bool) -> np.ndarray:
        """Return the ids that may come next at a place that is not free, with the end token if it may end; int64 [n], rising.

        Raises CodecError if there is no such token, so that the model cannot spell any text that the rule allows."""
        key = (rule, where, first)
        if key not in self._allowed:
            if len(self._allowed) >= MOST_STATES:
                self._allowed.clear()
            self._allowed[key] = self._found(rule, where, first)
        return self._allowed[key]

    def fits(self, rule: TargetRule, where: Where, id: int, first: bool) -> Where | None:
        """Return the target's states after a token; None if the token is not allowed. The end token must not be given."""
        following = rule.said(where, id, self.text(id, first))
        return following if following is not None and self.leads_on(rule, following) else None

    def target(self, rule: TargetRule, ids: Sequence[int], spelled: Callable[[str, list[int]], str]) -> str:
        """Return the text of a target. spelled: a function from the name of a place and the ids in it to its text."""
        out, where, held, place = "", rule.start, list[int](), ""
        for number, id in enumerate(ids):
            if id in rule.ids(where):
                state = rule.by_ids_at(where)
                assert state is not None
                held.append(id)
                place = rule.parts[state.part].name
            else:
                out += spelled(place, held) if held else ""
                held = []
                out += self.text(id, number == 0)
            following = rule.said(where, id, self.text(id, number == 0))
            assert following is not None, "the rule has allowed these ids"
            where = following
        return out + (spelled(place, held) if held else "")

    def leads_on(self, rule: TargetRule, where: Where) -> bool:
        """Return True if tokens of the model lead from here to a complete target."""
        return self._reaches(rule, self.closed(rule, where))

    def closed(self, rule: TargetRule, where: Where) -> Where:
        """Return the states after a free part is ended here: if possible, states from which the model's tokens can continue."""
        near = rule.closing(where)
        return near if self._reaches(rule, near) else rule.closing(where, afresh=True)

    def _reaches(self, rule: TargetRule, root: Where) -> bool:
        known = self._leads.get((rule, root))
        if known is not None:
            return known
        if len(self._leads) >= MOST_STATES:
            self._leads.clear()
        way, seen = [(root, self._further(rule, root))], {root}
        while way:
            here, further = way[-1]
            if rule.may_end(here) or self._leads.get((rule, here)):
                for on_it, _ in way:
                    self._leads[rule, on_it] = True
                return True
            following = next((each for each in further if each not in seen), None)
            if following is None:
                way.pop()
            else:
                seen.add(following)
                way.append((following, self._further(rule, following)))
        for each in seen:
            self._leads[rule, each] = False
        return False

    def _further(self, rule: TargetRule, where: Where) -> Iterator[Where]:
        """Yield the states that tokens lead to, tokens with long texts first. Free parts are closed immediately."""
        for id in sorted(rule.ids(where)):
            following = rule.said(where, id, "")
            assert following is not None
            yield following
        yield from self._deeper(rule, where, "", 0, len(self.all(False).ordered))

    def _deeper(self, rule: TargetRule, here: Where, said: str, start: int, stop: int) -> Iterator[Where]:
        """Yield the states that the tokens start..stop lead to. All of them begin with `said`, the text that led to `here`."""
        ordered = self.all(False).ordered
        for letter in sorted(rule.letters(here)):
            first_of, last, following = self._narrowed(rule, here, said + letter, start, stop, False)
            if following is None:
                continue
            yield from self._deeper(rule, rule.closing(following), said + letter, first_of, last)
            if rule.is_free(following):  # the words after the free part may need some more text before them
                turns, length = rule.turns_at(following), len(said) + 1
                if any(
                    rest and not turns & set(rest) for rest in (t[length:] for t in ordered[first_of:last])
                ):
                    yield rule.closing(following, afresh=True)
        if said and start < stop and ordered[start] == said:
            yield here

    def _narrowed(
        self, rule: TargetRule, here: Where, longer: str, start: int, stop: int, first: bool
    ) -> tuple[int, int, Where | None]:
        """Return the range of the tokens start..stop that begin with `longer`, and the states after its last character."""
        ordered = self.all(first).ordered
        first_of = bisect_left(ordered, longer, start, stop)
        last = bisect_left(ordered, longer + LAST, first_of, stop)
        return first_of, last, rule.after(here, longer[-1]) if first_of < last else None

    def _walk(self, rule: TargetRule, where: Where, first: bool) -> Iterator[tuple[int, Where]]:
        """Yield the ids of tokens with a text that a rule allows next, and the states that they lead to."""
        all_of = self.all(first)
        ordered, ids = all_of.ordered, all_of.ids
        under_way = [(where, "", 0, len(ordered))]
        while under_way:
            here, said, start, stop = under_way.pop()
            if rule.is_free(here):
                turns = rule.turns_at(here)
                for n in range(start, stop):
                    rest = ordered[n][len(said) :]
                    following = rule.after(here, rest) if turns & set(rest) else here
                    if following is not None:
                        yield ids[n], following
                continue
            while said and start < stop and ordered[start] == said:
                yield ids[start], here
                start += 1
            for letter in rule.letters(here):
                first_of, last, following = self._narrowed(rule, here, said + letter, start, stop, first)
                if following is not None:
                    under_way.append((following, said + letter, first_of, last))

    def _found(self, rule: TargetRule, where: Where, first: bool) -> np.ndarray:
        walked = self._walk(rule, where, first)
        led: dict[Where, bool] = {}  # thousands of tokens lead to the same states in a free part
        ids = []
        for id, following in walked:
            if following not in led:
                led[following] = self.leads_on(rule, following)
            if led[following]:
                ids.append(id)
        ids += rule.ids(where)
        if rule.may_end(where):
            ids.append(self.tokens.end)
        if not ids:
            raise CodecError(
                "no token of the model can continue the target",
                where=f"target {rule.template}",
                allowed=", ".join(sorted(map(repr, rule.letters(where)))),
                hint="Give the model a vocabulary for its actions (vladata vocab make).",
            )
        return np.array(sorted(set(ids)), np.int64)

    def all(self, first: bool) -> Texts:
        """Return the texts of all tokens. first: True for their texts at the start of a target."""
        if first not in self._texts:
            texts = [self.tokens.piece(id, first) for id in range(self.tokens.size)]
            texts[self.tokens.end] = ""
            pairs = sorted((text, id) for id, text in enumerate(texts) if text)
            silent = np.array([not text for text in texts])
            self._texts[first] = Texts(texts, [text for text, _ in pairs], [id for _, id in pairs], silent)
        return self._texts[first]
