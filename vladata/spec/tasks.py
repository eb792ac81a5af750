"""`tasks` of a recipe: the questions about a step. Each has a name, a kind, a prompt, a target and the settings of its kind.

    tasks:
      action: {prompt: "Q: what should the robot do to {instruction}? A:", target: "{action}"}
      words:  {kind: instruction, loss_weight: 0.5}

A task whose name is also the name of a kind needs no `kind`. Each kind declares its settings in vladata/language/tasks/. One
model is made here for each kind in the table, and each task is checked by the model that its `kind` names.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from itertools import pairwise
from operator import or_
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    create_model,
)

from vladata.language.prompts import pieces, placeholders
from vladata.language.tasks.places import NOTE, NOTED_PLACES, PLACES, PLAN, POINTED, of_prompts
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Task
from vladata.spec.action import annotation_of
from vladata.spec.strict import FrozenMap, Label, Line, Many, Name, Strict, says, unrepeated
from vladata.spec.template import template
from vladata.spec.together import Problem, check, says_all

NOTED = (rf"{NOTE}\w+", f"{{{NOTE}FIELD}}")


class TaskRule(Strict):
    """The keys that all tasks have. The model of each kind adds its templates and settings."""

    declared: ClassVar[Task | None] = None
    """The kind of task that a model is for; None in TaskRule itself."""

    kind: str
    """The kind of task, by name."""
    prompt: Any
    """The text that the model reads, with words in braces that are replaced; or a list of texts, of which each step draws one."""
    target: str
    """The text that the model has to say, with words in braces that are replaced."""
    cameras: Annotated[Many[Label], AfterValidator(unrepeated)] | None = None
    """The cameras whose pictures the task shows, in order, among those of `images`. Left out, all of them; an empty list, no
    picture."""
    frames: int | None = Field(default=None, ge=1)
    """The number of frames of the window that the task shows; left out, all of them."""
    share: float | None = Field(default=None, gt=0)
    """The task's part of all samples, relative to the shares of the other tasks. Either all tasks have a share, or none."""
    loss_weight: float = Field(default=1.0, ge=0)
    """The weight of the task's samples in the loss of a training; every sample has it as a field."""

    plan_from: Literal["given", "movement", "subgoal"] = "given"
    """The source of {plan}. given: the dataset's own field, else annotations. movement: the text of {movement}. subgoal: the text
    of {subgoal}."""
    coordinates: Literal["per_255", "per_1000", "loc", "pixels"] = "per_255"
    """The spelling of {point}, {box}, {trace} and {gripper}. per_255: whole numbers from 0 to 255, x before y. per_1000: 0 to
    1000, x before y. loc: tokens of PaliGemma, y before x. pixels: pixels of the picture as the sample shows it."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts, of which each step draws one."""
        return (self.prompt,) if isinstance(self.prompt, str) else tuple(self.prompt)

    def settings(self) -> dict[str, Any]:
        """Return the settings by which words in braces are replaced: the settings of its kind and the shared ones."""
        own = self.model_dump(mode="json", exclude=set(TaskRule.model_fields))
        shared = {"plan_from": (PLAN,), "coordinates": POINTED}
        return own | {name: getattr(self, name) for name, places in shared.items() if self.held & set(places)}

    @property
    def noted(self) -> tuple[str, ...]:
        """The fields in its templates whose values only annotations can give."""
        fields = [name.removeprefix(NOTE) for name in sorted(self.held) if name.startswith(NOTE)]
        fields += [name for name in sorted(self.held) if name in NOTED_PLACES]
        fields += [PLAN] if PLAN in self.held and self.plan_from == "given" else []
        return (*fields, *([self.settings()["field"]] if self.kind == "annotation" else []))

    @property
    def held(self) -> frozenset[str]:
        """The words in braces of its templates."""
        return frozenset(name for text in (*self.prompts, self.target) for name in placeholders(text))

    def words(self) -> dict[str, Any]:
        """Return all settings that decide the words of its samples, as a manifest holds them."""
        said: dict[str, Any] = {"kind": self.kind, "prompts": list(self.prompts), "target": self.target}
        if settings := self.settings():
            said["settings"] = settings
        if self.cameras is not None:
            said["cameras"] = list(self.cameras)
        return said

    @check
    def _settings_fit(self) -> Iterator[Problem]:
        misfit = self.declared.misfit if self.declared else None
        setting, text = misfit(self.settings()) if misfit else ("", "")
        if setting:
            yield (setting,), text

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the data of the model: its class is made at run time, and no module holds it."""
        return _restored, (self.model_dump(),)


def _restored(data: Mapping[str, Any]) -> TaskRule:
    return rule_of(data["kind"], TASKS[data["kind"]]).model_validate(data)


@cache
def rule_of(name: str, task: Task) -> type[TaskRule]:
    """Return the model of a kind of task in a recipe."""
    fields: dict[str, Any] = {
        "kind": (Literal[name], Field(default=name, description="The kind of task, by name."))
    }
    for key, kind, default in (
        ("prompt", _prompts(task), task.prompt),
        ("target", _target(task), task.target),
    ):
        fields[key] = (kind, Field(default=default) if default else Field())
    for setting, declared in task.settings.items():
        kind = annotation_of(name, declared)
        fields[setting] = (kind, Field(default=declared.default, description=declared.about))
    title = f"Task_{name}"
    made = create_model(title, __base__=TaskRule, __doc__=task.about, __module__=__name__, **fields)
    made.declared = task
    return made


def _prompts(task: Task) -> Any:
    asks = bool(placeholders(task.prompt))

    def place(text: str) -> str:
        if asks and not placeholders(text):
            raise says(f'got "{text}"; allowed: text with a word in braces, such as {task.prompt}')
        return text

    # A prompt must not hold the words that the target needs: they are the answer.
    allowed = tuple(name for name in of_prompts() if name not in task.needs)
    one = Annotated[Line, template(optional=allowed, further=NOTED), AfterValidator(place)]
    return Annotated[
        Annotated[one, Tag("one")]
        | Annotated[Many[one], Field(min_length=1), AfterValidator(unrepeated), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "one"),
    ]


def _target(task: Task) -> Any:
    optional = tuple(name for name in (*task.places, *PLACES) if name not in task.needs)
    return Annotated[
        Line, template(*task.needs, optional=optional, further=NOTED), AfterValidator(_kept_apart)
    ]


def _kept_apart(text: str) -> str:
    """Check that a target has a word in braces, and text between each two such words: without it they cannot be read back."""
    if not placeholders(text):
        raise says(f'got "{text}"; allowed: text with a word in braces, such as {{instruction}}')
    parts = [is_place for is_place, _ in pieces(text)]
    if any(one and other for one, other in pairwise(parts)):
        raise says(f'got "{text}", whose parts cannot be told apart; put text between two words in braces')
    return text


class _TaskUnion:
    """A union that is made anew for each model of a recipe, since the table of kinds may have grown."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        rules = reduce(or_, (rule_of(name, task) for name, task in TASKS.items()))
        return handler(Annotated[rules, Field(discriminator="kind")])

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return a schema with `anyOf` in place of `oneOf`, since a task without `kind` fits several models."""
        shape: dict[str, Any] = handler(core)
        return {"anyOf" if key == "oneOf" else key: value for key, value in shape.items()}


def _with_kinds(value: Any) -> Any:
    """Return the table with a `kind` in every task. Where a task gives none, its name is the kind; `action:` without keys is a
    task, too."""
    return dict(_each(value)) if isinstance(value, Mapping) else value


def _each(tasks: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, task in tasks.items():
        said = {} if task is None else task
        yield name, {"kind": name, **said} if isinstance(said, Mapping) else said


def _all_or_none(tasks: dict[str, TaskRule]) -> dict[str, TaskRule]:
    without = [name for name, task in tasks.items() if task.share is None]
    if len(without) < len(tasks):
        says_all(
            ((name, "share"), "is missing, and other tasks have one; give all of them shares, or none")
            for name in without
        )
    return tasks


Tasks = Annotated[
    FrozenMap[Name, Annotated[TaskRule, _TaskUnion()]],
    AfterValidator(_all_or_none),
    BeforeValidator(_with_kinds),
]
"""The table of tasks: name -> the rule of the task, a model of its kind."""
