"""Noise for logits, and never a malformed action: each codec, spelled as text and by the ids of a vocabulary.

With VLADATA_FUZZ=all (`make fuzz`) a million rows of logits a codec and way; some thousands otherwise."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.actions.every_codec import ONE_BIN_A_DIMENSION, made  # noqa: E402
from tests.consumer.decoding.drawn_logits import Random, Tokens  # noqa: E402
from vladata.actions.codec import codec  # noqa: E402
from vladata.actions.codecs.table import CODECS  # noqa: E402
from vladata.consumer.decoding.generate import generate  # noqa: E402
from vladata.consumer.decoding.pieces import Pieces  # noqa: E402
from vladata.consumer.decoding.target_rule import ByIds, TargetRule  # noqa: E402
from vladata.language.target import Target  # noqa: E402
from vladata.vocabularies.demand import demand_of, shaped  # noqa: E402
from vladata.vocabularies.vocabulary import one_id_a_bin  # noqa: E402

DRAWN = 1_000_000 if os.environ.get("VLADATA_FUZZ") == "all" else 150
ROWS = 16
NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
LETTERS = "abcdefghijklmnopqrstuvwxyzPA,.-: <>_"
CHARACTERS = [*LETTERS, *"0123456789"]
MERGED = [
    *CHARACTERS, *(f" {n}" for n in range(256)), *map(str, range(10, 256, 3)), " 1 2", "5 ", "12 3", "-1", "\n",
    " move", "move forward", " cm", ", ", " degrees", "open gripper", "Act", "ion", " Action:", ". Action: 1", "\ufffd",
]  # fmt: skip
ACTING = "{action}"
PLANNING = "Plan: {plan}. Action: {action}"


def made_of(name):
    if name == "words":
        return codec("words", names=NAMES, gripper="open_absolute", chunk=3)
    if name == "fast":
        rng = np.random.default_rng(0)
        chunks = np.cumsum(rng.normal(0, 0.1, (200, 6, 3)), axis=1).clip(-1, 1).astype(np.float32)
        bounds = {"low": [-1.0] * 3, "high": [1.0] * 3}
        return codec("fast", names=NAMES[:3], bounds=bounds, chunk=6, chunks=[chunks])
    return made(name)


def targets(rule, tokens, pieces, seed):
    """Targets of noise, until DRAWN rows of logits were used; those of rows of a language task beside them are not given."""
    used, peaks = 0, [id for id, text in enumerate(tokens.texts) if text in (". Action: 1", "5 ", " move")]
    while used < DRAWN:
        rules = [rule if i % 8 else None for i in range(ROWS)]
        found = generate(Random(tokens, ROWS, seed + used, peaks), {}, rules, pieces, most=12)
        used += sum(len(ids) + 1 for ids in found)
        yield from (ids for ids, each in zip(found, rules, strict=True) if each is not None)


@pytest.mark.parametrize(
    ("texts", "template"), [(CHARACTERS, PLANNING), (MERGED, ACTING)], ids=["characters", "merged"]
)
@pytest.mark.parametrize("name", list(CODECS))
def test_text_is_always_an_action(name, texts, template):
    spells = made_of(name)
    tokens = Tokens(*texts)
    rule, pieces, target = (
        TargetRule(template, {"action": spells.automaton()}),
        Pieces(tokens),
        Target(template),
    )
    different, width = set(), len(spells.spelled_names)
    for ids in targets(rule, tokens, pieces, 1):
        said = target.parse(tokens.text(ids))["action"].text
        decoded = np.atleast_2d(spells.decode(spells.parse(said)))
        assert decoded.shape[1] == width
        assert np.isfinite(decoded).all()
        different.add(said)
    assert len(different) > 5


@pytest.mark.parametrize("name", ONE_BIN_A_DIMENSION)
def test_ids_of_a_vocabulary_are_always_an_action(name):
    spells = made_of(name)
    demand = demand_of(spells)
    of_bins = [f"<{b}>" for b in range(demand.bins)]
    tokens = Tokens(*MERGED, *of_bins)
    held = one_id_a_bin("added-tokens", demand, range(tokens.size - demand.bins, tokens.size))
    rule, pieces = TargetRule(PLANNING, {}, {"action": ByIds(held, spells.bins_allowed)}), Pieces(tokens)
    target, different = Target(PLANNING), set()
    for ids in targets(rule, tokens, pieces, 2):
        text = pieces.target(rule, ids, lambda _, said: spells.text(shaped(spells, held.bins(said)[None])[0]))
        said = target.parse(text)["action"].text
        assert np.isfinite(spells.decode(spells.parse(said))).all()
        different.add(said)
    assert len(different) > 5
