"""What may be said next, against every text that is a whole target; and that nobody is led where no end is."""

from itertools import product

import pytest

torch = pytest.importorskip("torch")

from tests.consumer.decoding.drawn_logits import Fixed, Tokens  # noqa: E402
from vladata.actions.automaton import NumberAutomaton  # noqa: E402
from vladata.actions.text import NumberText  # noqa: E402
from vladata.consumer.decoding.generate import generate  # noqa: E402
from vladata.consumer.decoding.pieces import Pieces  # noqa: E402
from vladata.consumer.decoding.target_rule import ByIds, TargetRule  # noqa: E402
from vladata.errors import CodecError, ParseError  # noqa: E402
from vladata.language.target import Target  # noqa: E402
from vladata.vocabularies.demand import Demand  # noqa: E402
from vladata.vocabularies.vocabulary import one_id_a_bin  # noqa: E402

PAIR = NumberText(("x", "y"), (0, 0), (12, 3))
CHUNK = NumberText(("x",), (0,), (3,), chunk=2, shorter=True)
HELD = {"action": NumberAutomaton(PAIR)}


def allowed_texts(rule, pieces, tokens, ids):
    """The texts of the tokens that may follow some ids, the end as "END"."""
    where = rule.start
    for n, id in enumerate(ids):
        where = pieces.fits(rule, where, id, n == 0)
        assert where is not None
    return {tokens.texts[id] or "END" for id in pieces.allowed(rule, where, not ids).tolist()}


@pytest.mark.parametrize(
    ("texts", "template", "held"),
    [
        ((*"02", " 1", " 12"), "{action}", HELD),
        ((" 1", " 12", " 3", " 7"), "{action}", HELD),
        ((*"12", " ", "2 1", " 1 2", "1 "), "{action}", HELD),
        (("1", " ", "go", " 1", "o 1", "g"), "go {action}", HELD),
        ((*"12", " ", "!", " 1", "2!"), "{action}!", HELD),
        (("1", " ", " go", "g", "o"), "{action} go", {"action": NumberAutomaton(CHUNK)}),
    ],
)
def test_allowed_is_what_goes_on_to_a_whole_target(texts, template, held):
    """Against every sequence of some tokens: a token is allowed where one of these begins with it, and no other."""
    tokens, rule = Tokens(*texts), TargetRule(template, held)
    pieces, target, most = Pieces(tokens), Target(template), 6 if len(texts) < 6 else 5
    numbers = held["action"].text

    def is_whole(ids):
        if not tokens.piece(ids[0], True):
            return False
        try:
            numbers.parse(spoken := target.parse(tokens.text(ids))["action"].text)
        except ParseError:
            return False
        return spoken == spoken.strip()

    whole = {
        ids for n in range(1, most + 1) for ids in product(range(1, tokens.size), repeat=n) if is_whole(ids)
    }
    assert len(whole) > 2
    prefixes = {ids[:n] for ids in whole for n in range(min(len(ids), 3) + 1)}
    for prefix in prefixes:
        n = len(prefix)
        wanted = {tokens.texts[ids[n]] for ids in whole if ids[:n] == prefix and len(ids) > n}
        wanted |= {"END"} if prefix in whole else set()
        assert allowed_texts(rule, pieces, tokens, prefix) == wanted, prefix


def test_nobody_is_led_where_no_end_is():
    """Without a space of its own nobody gets from "1" to the second number, and from "7" not at all: a range of 0..12."""
    rule = TargetRule("{action}", HELD)
    tokens = Tokens("1", "12", "7", " ", "1 2", "5 ")
    assert allowed_texts(rule, Pieces(tokens), tokens, ()) == {"1", "12", "7", "1 2", "5 "}
    tokens = Tokens("1", "12", "7", "1 2", "4 ")
    assert allowed_texts(rule, Pieces(tokens), tokens, ()) == {"1 2", "1", "4 "}  # "1" and then "1 2"
    tokens = Tokens("12", "7", "1 2")
    assert allowed_texts(rule, Pieces(tokens), tokens, ()) == {"1 2"}


def test_tokens_that_cannot_say_the_target_are_an_error():
    with pytest.raises(CodecError, match="no token of the model can continue the target"):
        generate(Fixed(Tokens("a"), (1,)), {}, [TargetRule("{action}", HELD)], Pieces(Tokens("a")))


def said(tokens, template, ids, held=HELD, most=64):
    rule = TargetRule(template, held)
    (found,) = generate(Fixed(tokens, ids), {}, [rule], Pieces(tokens), most)
    return tokens.text(found)


WORDS = Tokens("go", " up", ".", " Act", " 1", " 2", "1", " .", ". Act", " then", ". Act 1")


def test_a_free_part_ends_where_its_words_are_said():
    of = {text: id for id, text in enumerate(WORDS.texts)}
    template = "{plan}. Act {action}"
    plain = [of[text] for text in ("go", " up", ".", " Act", " 1", " 2")]
    assert said(WORDS, template, plain) == "go up. Act 1 2"
    over = [of[text] for text in ("go", ". Act 1", " 2")]  # a token over the border of two parts
    assert said(WORDS, template, over) == "go. Act 1 2"
    stops = [of[text] for text in ("go", ".", " up", ".", " Act", " 1", " 2")]
    assert said(WORDS, template, stops) == "go. up. Act 1 2"


def test_a_free_part_that_goes_on_too_long_is_closed_where_it_stands():
    of = {text: id for id, text in enumerate(WORDS.texts)}
    endless = [of["go"], *[of[" up"]] * 50]
    text = said(WORDS, "{plan}. Act {action}", endless, most=3)
    assert text.startswith("go up up. Act ")
    assert Target("{plan}. Act {action}").parse(text)["plan"].text == "go up up"
    half = [of["go"], of["."], *[of[" up"]] * 50]  # "." is the beginning of the words already
    assert said(WORDS, "{plan}. Act {action}", half, most=2).startswith("go. Act ")


def test_words_at_the_end_may_be_said_within_the_last_part():
    of = {text: id for id, text in enumerate(WORDS.texts)}
    assert said(WORDS, "{plan}.", [of[t] for t in ("go", ".", " up", ".")]) == "go. up."
    assert said(WORDS, "{plan}.", [of["go"], of[" up"]], most=3) == "go upgo."  # the end has to wait


def test_what_would_make_the_parts_unclear_cannot_be_said():
    """ " then" parts the two plans: it may not come again in the second, from which side would one read?"""
    of = {text: id for id, text in enumerate(WORDS.texts)}
    template = "{plan} then{subtask}. Act {action}"
    wanted = [of[text] for text in ("go", " then", " up", " then", " up", ". Act 1", " 2")]
    text = said(WORDS, template, wanted)
    parts = Target(template).parse(text)
    assert (parts["plan"].text, parts["action"].text[0]) == ("go", "1")
    assert " then" not in parts["subtask"].text


def test_ids_of_a_vocabulary_within_words():
    tokens = Tokens("Go", ":", " ", "1", "2", "<a>", "<b>", "<c>", "!")
    of = {text: id for id, text in enumerate(tokens.texts)}
    held = one_id_a_bin("added-tokens", Demand(0, 3, (2,)), [of["<a>"], of["<b>"], of["<c>"]])

    def two(prefix):
        return (range(3), False) if len(prefix) < 2 else (range(0), len(prefix) == 2)

    rule, pieces = TargetRule("Go: {action}!", {}, {"action": ByIds(held, two)}), Pieces(tokens)
    like = [of[text] for text in ("1", "2", "1", "<c>", "1", "<a>", "<b>", "!")]
    (ids,) = generate(Fixed(tokens, like), {}, [rule], pieces)
    assert [tokens.texts[id] for id in ids[:4]] == ["Go", ":", " ", "<c>"]
    assert len(ids) == 6
    assert tokens.texts[ids[-1]] == "!"
    text = pieces.target(rule, ids, lambda place, said: f"[{place} {held.bins(said).tolist()}]")
    assert text == f"Go: [action {held.bins(ids[3:5]).tolist()}]!"


def test_rows_of_other_rules_and_seeds_do_not_see_each_other():
    tokens = Tokens("go", " up", *"0123", " 0", " 1", " 2")
    rules = [TargetRule("{action}", HELD), None, TargetRule("go{plan}", {})]
    pieces = Pieces(tokens)

    class Same:
        """The same logits in every row."""

        def __init__(self, rows):
            self.rows = rows

        def begin(self, batch):
            self.at = torch.Generator().manual_seed(1)
            return torch.randn(1, tokens.size, generator=self.at).expand(self.rows, -1), None

        def extend(self, ids, state):
            return torch.randn(1, tokens.size, generator=self.at).expand(self.rows, -1), None

    together = generate(Same(3), {}, rules, pieces, 8, 1.0, [5, 6, 7])
    alone = [
        generate(Same(1), {}, [rule], pieces, 8, 1.0, [seed])[0]
        for rule, seed in zip(rules, (5, 6, 7), strict=True)
    ]
    assert together == alone
    others = {tuple(generate(Same(1), {}, [rules[0]], pieces, 8, 1.0, [seed])[0]) for seed in range(20)}
    assert len(others) > 3
    assert generate(Same(1), {}, [rules[0]], pieces, 8, 0.0) == generate(
        Same(1), {}, [rules[0]], pieces, 8, 0.0, [9]
    )


def test_words_that_can_only_be_said_behind_others():
    """No token has a space and a full stop: there is no way to say nothing at all, and one to say something."""
    tokens = Tokens("Plan", ":", " go", ".", " Act", " 1", " 2")
    of = {text: id for id, text in enumerate(tokens.texts)}
    text = said(
        tokens, "Plan: {plan}. Act {action}", [of[t] for t in ("Plan", ":", " go", ".", " Act", " 1", " 2")]
    )
    assert text == "Plan: go. Act 1 2"
