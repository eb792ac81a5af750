"""Image-text pairs in the words of another recipe, if a sample has the texts that these words need.

A sample has its question; language and answer are read back from its prompt and target with the stored templates. That is enough
for captions, questions and texts in images (caption, vqa, ocr). Earlier turns of a conversation, and earlier texts of a document,
are not in a sample, so pairs of these tasks keep their words if the recipe has other words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import LoadError, ParseError
from vladata.language.prompts import placeholders, render
from vladata.language.target import Target
from vladata.loaders.rendering.stored import StoredWeb
from vladata.spec.recipe import RecipeSpec

TASKS = ("caption", "vqa", "ocr", "conversation", "interleaved")
ALONE = ("caption", "vqa", "ocr")
"""Tasks whose samples hold every text of their prompt."""


@dataclass(frozen=True)
class PairTemplates:
    """The stored and the new templates of a task."""

    prompt: Target
    target: Target
    new_prompt: str
    new_target: str

    def __call__(self, prompt: str, target: str) -> tuple[str, str]:
        """Return the prompt and the target in the new words. Raises ParseError if the stored texts cannot be read back."""
        values = {name: part.text for name, part in self.prompt.parse(prompt).items()}
        said = {name: part.text for name, part in self.target.parse(target).items()}
        if any(said.get(name, text) != text for name, text in values.items()):
            raise ParseError("the prompt and the target do not fit each other", got=prompt)
        values = {"question": "", "language": "", **values, **said}
        return render(self.new_prompt, **values), render(self.new_target, **values)


class PairRenderer:
    """A renderer of one corpus's pairs in a recipe's words. untouched: task -> the reason why its samples stay as they are."""

    def __init__(self, source: StoredWeb, recipe: RecipeSpec) -> None:
        self.source = source
        self.wordings: dict[str, PairTemplates] = {}
        self.untouched: dict[str, str] = {}
        stored, asked = source.recipe.web, recipe.web
        for task in TASKS:
            before, after = getattr(stored, task), getattr(asked, task)
            why = "" if before == after else _lacks(task, before, after)
            if stored.answers != asked.answers:
                why = "a sample holds one answer, which was chosen by another rule (web.answers)"
            elif stored.default_language != asked.default_language and before != after:
                why = "a sample does not say if its pair had a language of its own (web.default_language)"
            if why:
                self.untouched[task] = why
            elif before != after:
                words = Target(before.prompt), Target(before.target)
                self.wordings[task] = PairTemplates(*words, after.prompt, after.target)

    def __call__(self, columns: Mapping[str, Any], i: int) -> tuple[str, str] | None:
        """Return the new prompt and target of sample i of a batch; None if the sample stays as it is. Raises LoadError."""
        wording = self.wordings.get(columns["task"][i])
        if wording is None:
            return None
        try:
            return wording(columns["prompt"][i], columns["target"][i])
        except ParseError as fault:
            where = f"{self.source.name}, {columns['key'][i]}"
            what = f"the stored words do not fit their templates: {fault.what}"
            raise LoadError(what, where=where, got=fault.got) from None


def _lacks(task: str, before: Any, after: Any) -> str:
    """Return the reason why a task cannot get new words; "" if it can."""
    if task not in ALONE:
        return "earlier turns or texts are not in a sample"
    have = {*placeholders(before.prompt), *placeholders(before.target)}
    lacks = [name for name in (*placeholders(after.prompt), *placeholders(after.target)) if name not in have]
    return f"its stored words do not hold {{{lacks[0]}}}" if lacks else ""
