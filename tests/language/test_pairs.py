"""Pairs as prompts and targets: literal rows in, literal text out; and answers that are drawn by identity."""

from collections import Counter

import pytest

from vladata.errors import UsageError
from vladata.language.pairs import RenderedPair, chosen_answer, render_pair
from vladata.spec.web import FixedPrompt, QuestionPrompt, WebRule

PALI = WebRule(vqa=QuestionPrompt(prompt="Answer in {language}: {question}"))


def row(task="caption", answers=(("a dog", 1.0),), question="", language="en", context=()):
    return {
        "task": task,
        "language": language,
        "context": list(context),
        "question": question,
        "answers": [{"text": text, "weight": weight} for text, weight in answers],
    }


@pytest.mark.parametrize(
    ("given", "rule", "prompt", "target", "instruction"),
    [
        (row(), WebRule(), "Generate caption in EN", "a dog", ""),
        (row(language="pt-br"), WebRule(), "Generate caption in PT-BR", "a dog", ""),
        (row(language=""), WebRule(default_language="pt"), "Generate caption in PT", "a dog", ""),
        (row("vqa", question="what is it?"), WebRule(), "Q: what is it? A:", "a dog", "what is it?"),
        (row("vqa", question="what is it?"), PALI, "Answer in EN: what is it?", "a dog", "what is it?"),
        (row("ocr"), WebRule(), "Generate the text in the image in EN", "a dog", ""),
        (
            row("conversation", question="what colour?", context=["what is it?", "a cup", "big?", "no"]),
            WebRule(),
            "Q: what is it? A: a cup Q: big? A: no Q: what colour? A:",
            "a dog",
            "what colour?",
        ),
        (
            row("interleaved", question="<image> One. <image>"),
            WebRule(),
            "<image> One. <image>",
            "a dog",
            "<image> One. <image>",
        ),
        (row("vqa", question="{answer} {x}"), WebRule(), "Q: {answer} {x} A:", "a dog", "{answer} {x}"),
        (
            row("ocr", question="the sign"),
            WebRule(ocr=FixedPrompt(prompt="read {question}", target="{language}: {answer}")),
            "read the sign",
            "EN: a dog",
            "the sign",
        ),
    ],
)
def test_a_pair_is_rendered(given, rule, prompt, target, instruction):
    assert render_pair(given, rule, "k", 0) == RenderedPair(prompt, target, instruction)


ANSWERS = [
    {"text": "red", "weight": 2.0},
    {"text": "rust", "weight": 6.0},
    {"text": "dark red", "weight": 6.0},
]


def test_the_most_frequent_answer_the_first_of_equals():
    assert {chosen_answer(ANSWERS, "most_frequent", f"k{i}", i) for i in range(9)} == {"rust"}


def test_answers_are_drawn_by_their_weights():
    drawn = Counter(chosen_answer(ANSWERS, "weighted", f"k{i}", 7) for i in range(14_000))
    assert [round(drawn[a["text"]] / 1000) for a in ANSWERS] == [2, 6, 6]


def test_a_draw_is_the_same_on_every_machine():
    """Changing these changes the targets of every dataset with several answers."""
    assert "".join(chosen_answer(ANSWERS, "weighted", f"k{i}", 7)[1] for i in range(12)) == "aauuauaaaeuu"
    assert chosen_answer(ANSWERS, "weighted", "k0", 7) == chosen_answer(ANSWERS, "weighted", "k0", 7)
    seeds = {chosen_answer(ANSWERS, "weighted", "k0", seed) for seed in range(20)}
    assert seeds == {"red", "rust", "dark red"}


def test_the_rule_of_the_recipe_chooses():
    given = row("vqa", [(a["text"], a["weight"]) for a in ANSWERS], "what colour?")
    targets = {render_pair(given, WebRule(answers="weighted"), f"k{i}", 0).target for i in range(30)}
    assert targets == {"red", "rust", "dark red"}
    assert render_pair(given, WebRule(), "k0", 0).target == "rust"


@pytest.mark.parametrize(("weights", "texts"), [((0.0, 0.0), "ab"), ((0.0, 3.0), "b"), ((3.0, 0.0), "a")])
def test_what_weighs_nothing_is_drawn_only_among_its_like(weights, texts):
    answers = [{"text": text, "weight": weight} for text, weight in zip("ab", weights, strict=True)]
    assert {chosen_answer(answers, "weighted", f"k{i}", 0) for i in range(50)} == set(texts)


def test_a_turn_without_an_answer_is_refused():
    with pytest.raises(ValueError, match="zip"):
        render_pair(row("conversation", question="and?", context=["what is it?"]), WebRule(), "k", 0)


def test_a_template_that_was_never_checked_is_refused():
    rule = WebRule.model_construct(caption=FixedPrompt.model_construct(prompt="{x}", target="{answer}"))
    rule = rule.model_copy(update={"default_language": "en", "answers": "most_frequent"})
    with pytest.raises(UsageError, match=r'there is no value for "\{x\}"'):
        render_pair(row(), rule, "k", 0)
