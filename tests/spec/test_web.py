"""The `web` of a recipe: how pairs are rendered, in its short and its long form."""

import pytest

from vladata.corpora.rows import TASKS
from vladata.errors import SpecError
from vladata.spec.read import validate
from vladata.spec.web import FixedPrompt, QuestionPrompt, WebRule


def web(text):
    return validate(WebRule, text, "mine.yaml")


def test_every_task_has_a_wording():
    assert all(isinstance(getattr(WebRule(), task), QuestionPrompt | FixedPrompt) for task in TASKS)


def test_a_prompt_may_stand_alone():
    found = web("{vqa: 'Answer in {language}: {question}', caption: {prompt: say, target: '{answer}.'}}")
    assert found.vqa == QuestionPrompt(prompt="Answer in {language}: {question}", target="{answer}")
    assert found.caption == FixedPrompt(prompt="say", target="{answer}.")
    assert found.ocr == WebRule().ocr
    assert WebRule.model_validate_json(found.model_dump_json()) == found


def test_a_prompt_may_be_empty_where_nothing_is_asked():
    assert web("caption: ''").caption.prompt == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{vqa: 'Q: A:'}", "text with {question} in it once"),
        ("{vqa: '{question} {question}'}", "text with {question} in it once"),
        ("{conversation: ''}", "text that is not empty"),
        ("{interleaved: {target: '{answer}'}}", "interleaved.prompt  is missing"),
        (
            "{caption: '{answer}'}",
            'got "{answer}", which is not replaced by anything; allowed: {question}, {language}',
        ),
        ("{caption: '{language} {language}'}", "text with each of {question}, {language} once at most"),
        ("{ocr: {prompt: a, target: b}}", "text with {answer} in it once"),
        ("{ocr: '{{language}}'}", "no other brace"),
        ("{answers: all}", "allowed: most_frequent, weighted"),
        ("{default_language: English}", "a tag in small letters"),
        ("{keep: {similarity: 200%}}", "keep.similarity  got"),
    ],
)
def test_what_makes_no_sense_is_named(text, says):
    with pytest.raises(SpecError) as error:
        web(text)
    assert says in str(error.value)
