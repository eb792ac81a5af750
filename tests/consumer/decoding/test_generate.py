"""Whatever the logits are, what is said is a target: every codec, text and vocabularies, greedy and drawn."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.actions.every_codec import ONE_BIN_A_DIMENSION, made  # noqa: E402
from vladata.actions.automaton import NumberAutomaton  # noqa: E402
from vladata.actions.text import NumberText  # noqa: E402
from vladata.consumer.decoding.generate import GeneratedRow, Saying, generate  # noqa: E402
from vladata.consumer.decoding.pieces import Pieces  # noqa: E402
from vladata.consumer.decoding.target_rule import ByIds, TargetRule  # noqa: E402
from vladata.consumer.models.tiny.words import words_of  # noqa: E402
from vladata.errors import CodecError  # noqa: E402
from vladata.language.target import Target  # noqa: E402
from vladata.vocabularies.vocabulary import Vocabulary  # noqa: E402

ROWS = 1_000_000 if os.environ.get("VLADATA_FUZZ") == "all" else 3_000
HOSTILE = np.array([np.nan, np.inf, -np.inf, 1e38, -1e38, 0.0], np.float32)


class Letters:
    """A model's tokens: single characters, and some of several that cross from one part of a target into the next."""

    PIECES = (
        *"0123456789 -abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:.,",
        "12",
        "25",
        " 1",
        " 0",
        "A: ",
        ": 7",
        ". Act",
        "##",
    )
    end = len(PIECES)
    size = len(PIECES) + 2  # the last one is no text

    def piece(self, id, first):
        return self.PIECES[id] if id < self.end else ""

    def text(self, ids):
        return "".join(self.PIECES[id] for id in ids)


def fuzzed(rng, size):
    """Logits of one token: usual ones, and ones that no model should give."""
    logits = rng.normal(0, 3, size).astype(np.float32)
    if rng.random() < 0.2:
        where = rng.integers(size, size=rng.integers(1, size))
        logits[where] = rng.choice(HOSTILE, len(where))
    return logits


def said(rule, saying, rng, draw=None):
    """The ids of a target that random logits say."""
    row = GeneratedRow(rule, draw)
    while not row.done:
        saying.next(row, fuzzed(rng, saying.pieces.tokens.size))
    return row.ids


@pytest.mark.parametrize(
    "tokens", [Letters(), words_of(["Plan: reach. Action: 1 go 1"])], ids=["letters", "words"]
)
@pytest.mark.parametrize("template", ["{action}", "Plan: {plan}. Action: {action}", "{point} go {action}"])
def test_what_is_said_is_an_action(tokens, template):
    codec = NumberAutomaton(NumberText(("terminate", "dx", "dy"), (0, 0, 0), (1, 255, 255)))
    places = NumberAutomaton(NumberText(("x", "y"), (0, 0), (255, 255)))
    rule = TargetRule(template, {"action": codec, "point": places})
    saying, rng = Saying(Pieces(tokens), 12, 1.0), np.random.default_rng(0)
    read = Target(template)
    for number in range(ROWS // 10):
        draw = np.random.default_rng(number) if number % 2 else None
        text = tokens.text(said(rule, saying, rng, draw))
        parts = read.parse(text)
        numbers = [int(word) for word in parts["action"].text.split(" ")]
        assert len(numbers) == 3, text
        assert numbers[0] in (0, 1), text
        assert all(0 <= n <= 255 for n in numbers), text


@pytest.mark.parametrize("name", ONE_BIN_A_DIMENSION)
@pytest.mark.parametrize("settings", [{}, {"chunk": 3}], ids=["one", "three"])
def test_every_codec_parses_what_is_said(name, settings):
    codec = made(name, **settings)
    tokens = Letters()
    rule = TargetRule("{action}", {"action": codec.automaton()})
    saying, rng = Saying(Pieces(tokens), 200, 1.0), np.random.default_rng(1)
    for number in range(ROWS // 100):
        text = tokens.text(said(rule, saying, rng, np.random.default_rng(number)))
        assert codec.text(codec.parse(text)) == text


def test_a_vocabulary_of_ids_that_are_no_text():
    """256 ids anywhere among the others stand for bins; an action is three of them."""
    ids = tuple((300 + 3 * b,) for b in range(256))
    held = Vocabulary("overwrite-least-used", 0, (3,), ids, ids)
    text = NumberText(("terminate", "dx", "dy"), (0, 0, 0), (1, 255, 255))
    rule = TargetRule("Action: {action}.", {}, {"action": ByIds(held, text.bins_allowed)})

    class Tokens(Letters):
        size = 300 + 3 * 256

    pieces, rng = Pieces(Tokens()), np.random.default_rng(2)
    saying = Saying(pieces, 20, 1.0)
    for _ in range(ROWS // 10):
        found = said(rule, saying, rng)
        spelled = pieces.target(rule, found, lambda place, said: " ".join(map(str, held.bins(said))))
        numbers = spelled.removeprefix("Action: ").removesuffix(".").split(" ")
        assert len(numbers) == 3, spelled
        assert int(numbers[0]) in (0, 1), spelled
        assert sum(id >= 300 for id in found) == 3


def test_a_free_row_says_anything_and_ends_at_its_most():
    tokens = Letters()
    saying, rng = Saying(Pieces(tokens), 5, 1.0), np.random.default_rng(3)
    lengths = {len(said(None, saying, rng, np.random.default_rng(n))) for n in range(200)}
    assert max(lengths) == 5
    assert min(lengths) < 5


def test_a_plan_that_never_ends_is_ended_by_the_words_after_it():
    tokens = Letters()
    rule = TargetRule(
        "Plan: {plan}. Action: {action}", {"action": NumberAutomaton(NumberText(("a",), (0,), (9,)))}
    )
    row, saying = GeneratedRow(rule), Saying(Pieces(tokens), 4)
    logits = np.zeros(tokens.size, np.float32)
    logits[tokens.PIECES.index("x")] = 9
    while not row.done:
        saying.next(row, logits)
    assert tokens.text(row.ids) == "Plan: xxxx. Action: 0"


def test_an_end_before_the_action_is_not_said():
    tokens = Letters()
    rule = TargetRule("{plan} go {action}", {"action": NumberAutomaton(NumberText(("a",), (0,), (9,)))})
    row, saying = GeneratedRow(rule), Saying(Pieces(tokens), 6)
    logits = np.zeros(tokens.size, np.float32)
    logits[tokens.end] = 9
    logits[tokens.PIECES.index("g")] = 1
    while not row.done:
        saying.next(row, logits)
    assert tokens.text(row.ids) == "gggggg go 0"


def test_tokens_that_cannot_spell_a_target_are_named():
    class Poor(Letters):
        PIECES = tuple("abc")
        end, size = 3, 4

    rule = TargetRule("{action}", {"action": NumberAutomaton(NumberText(("a",), (0,), (9,)))})
    with pytest.raises(CodecError, match="no token of the model can continue the target"):
        Saying(Pieces(Poor()), 4).next(GeneratedRow(rule), np.zeros(4, np.float32))


class Scripted:
    """A backbone whose logits are a function of the row and of what was said."""

    def __init__(self, tokens):
        self.tokens, self.calls = tokens, 0

    def logits(self, rows, said):
        made = [
            np.random.default_rng([row, *ids]).normal(size=self.tokens.size)
            for row, ids in zip(rows, said, strict=True)
        ]
        return torch.tensor(np.array(made), dtype=torch.float32)

    def begin(self, batch):
        rows = batch["rows"].tolist()
        return self.logits(rows, [[]] * len(rows)), (rows, [[] for _ in rows])

    def extend(self, ids, state):
        rows, said = state
        said = [[*before, id] for before, id in zip(said, ids.tolist(), strict=True)]
        return self.logits(rows, said), (rows, said)


def test_rows_of_different_rules_are_what_each_is_alone():
    tokens = Letters()
    action = TargetRule("{action}", {"action": NumberAutomaton(NumberText(("a", "b"), (0, 0), (1, 99)))})
    rules = [action, None, TargetRule("so: {plan}", {}), action]
    backbone, pieces = Scripted(tokens), Pieces(tokens)
    seeds = [5, 6, 7, 8]
    batch = {"rows": torch.arange(4)}
    together = generate(backbone, batch, rules, pieces, 8, 1.0, seeds)
    for i, rule in enumerate(rules):
        alone = generate(backbone, {"rows": torch.tensor([i])}, [rule], pieces, 8, 1.0, [seeds[i]])
        assert alone == [together[i]]
    assert tokens.text(together[2]).startswith("so: ")
