"""`tasks` of a recipe: what is asked of a step, a name for each, with its kind, its words and the settings of its kind.

    tasks:
      action: {prompt: "Q: what should the robot do to {instruction}? A:", target: "{action}"}
      words:  {kind: instruction, loss_weight: 0.5}

A name that is that of a kind needs no `kind`. What a kind may be told stands with the kind, in vladata/language/tasks/: one
model is made here of each in the table, and a file is held against the one that its `kind` names.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial, reduce
from itertools import pairwise
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    create_model,
    model_validator,
)

from vladata.language.prompts import pieces, placeholders
from vladata.language.tasks.places import NOTE, NOTED_PLACES, PLACES, PLAN, POINTED, of_prompts
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Task
from vladata.spec.action import annotation_of
from vladata.spec.strict import FrozenMap, Label, Line, Many, Name, Strict, says, says_all, unrepeated
from vladata.spec.template import template

NOTED = (rf"{NOTE}\w+", f"{{{NOTE}FIELD}}")


class TaskRule(Strict):
    """What all tasks have in common; the models of single kinds have their templates and settings."""

    kind: str
    """The kind of task, by name."""
    prompt: Any
    """What the model reads: a text with words in braces that are put in, or several, of which each step draws one."""
    target: str
    """What the model has to say, likewise."""
    cameras: Annotated[Many[Label], AfterValidator(unrepeated)] | None = None
    """The cameras that it shows, of those of `images`, in order; left out, all of these; an empty list, no picture."""
    frames: int | None = Field(default=None, ge=1)
    """How many frames of its window it shows; left out, all of them."""
    share: float | None = Field(default=None, gt=0)
    """Its part of all samples, beside the shares of the others; no task or every task has one."""
    loss_weight: float = Field(default=1.0, ge=0)
    """How much the loss of its samples counts in training; a field of every sample."""

    plan_from: Literal["given", "movement", "subgoal"] = "given"
    """What {plan} is. given: the dataset's own field, else what annotations say. movement, subgoal: as those places."""
    coordinates: Literal["per_255", "per_1000", "loc", "pixels"] = "per_255"
    """How {point}, {box}, {trace} and {gripper} are spelled. per_255, per_1000: whole numbers from 0, x before y. loc: tokens
    of PaliGemma, y before x. pixels: of the picture as the sample shows it."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts, of which each step draws one."""
        return (self.prompt,) if isinstance(self.prompt, str) else tuple(self.prompt)

    def settings(self) -> dict[str, Any]:
        """What the places of its templates go by: the settings of its kind, and those of places that every kind knows."""
        own = self.model_dump(mode="json", exclude=set(TaskRule.model_fields))
        shared = {"plan_from": (PLAN,), "coordinates": POINTED}
        return own | {name: getattr(self, name) for name, places in shared.items() if self.held & set(places)}

    @property
    def noted(self) -> tuple[str, ...]:
        """The fields that only annotations can give to its templates."""
        fields = [name.removeprefix(NOTE) for name in sorted(self.held) if name.startswith(NOTE)]
        fields += [name for name in sorted(self.held) if name in NOTED_PLACES]
        fields += [PLAN] if PLAN in self.held and self.plan_from == "given" else []
        return (*fields, *([self.settings()["field"]] if self.kind == "annotation" else []))

    @property
    def held(self) -> frozenset[str]:
        """The places of its templates."""
        return frozenset(name for text in (*self.prompts, self.target) for name in placeholders(text))

    def words(self) -> dict[str, Any]:
        """What decides the words of its samples, and what they are about, as a manifest has it."""
        said: dict[str, Any] = {"kind": self.kind, "prompts": list(self.prompts), "target": self.target}
        if settings := self.settings():
            said["settings"] = settings
        if self.cameras is not None:
            said["cameras"] = list(self.cameras)
        return said

    def __reduce__(self) -> tuple[Any, ...]:
        """A model that no module holds is pickled as what it was made of."""
        return _restored, (self.model_dump(),)


def _restored(data: Mapping[str, Any]) -> TaskRule:
    return rule_of(data["kind"], TASKS[data["kind"]]).model_validate(data)


@cache
def rule_of(name: str, task: Task) -> type[TaskRule]:
    """The model of what a recipe may say of a kind of task."""
    fields: dict[str, Any] = {
        "kind": (Literal[name], Field(default=name, description="The kind of task, by name."))
    }
    for key, kind, default in (
        ("prompt", _prompts(task), task.prompt),
        ("target", _target(task), task.target),
    ):
        field = TaskRule.model_fields[key]
        text = " ".join((field.description or "").split())
        fields[key] = (kind, Field(default=default, description=text) if default else Field(description=text))
    for setting, declared in task.settings.items():
        kind = annotation_of(name, declared)
        fields[setting] = (kind, Field(default=declared.default, description=declared.about))
    fits: Any = model_validator(mode="after")(partial(_fitting, task))
    return create_model(
        f"Task_{name}",
        __base__=TaskRule,
        __doc__=task.about,
        __module__=__name__,
        __validators__={"fits": fits},
        **fields,
    )


def _fitting(task: Task, rule: TaskRule) -> TaskRule:
    """A validator: the settings of a kind fit together."""
    setting, says = task.misfit(rule.settings()) if task.misfit else ("", "")
    if setting:
        says_all([((setting,), says)])
    return rule


def _prompts(task: Task) -> Any:
    asks = bool(placeholders(task.prompt))

    def place(text: str) -> str:
        if asks and not placeholders(text):
            raise says(f'got "{text}"; allowed: text with a word in braces, such as {task.prompt}')
        return text

    allowed = tuple(name for name in of_prompts() if name not in task.needs)  # which a prompt would give away
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
    """A validator: a target says something of its step, and words stand between its parts, by which they are read back."""
    if not placeholders(text):
        raise says(f'got "{text}"; allowed: text with a word in braces, such as {{instruction}}')
    parts = [is_place for is_place, _ in pieces(text)]
    if any(one and other for one, other in pairwise(parts)):
        raise says(
            f'got "{text}", whose parts cannot be told apart; allowed: text between two words in braces'
        )
    return text


class _OfTheTable:
    """Makes the union anew whenever the recipe's model is made: a table may have got another kind."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        rules = reduce(or_, (rule_of(name, task) for name, task in TASKS.items()))
        return handler(Annotated[rules, Field(discriminator="kind")])

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A task without a kind fits several of the models, which `oneOf` forbids."""
        shape: dict[str, Any] = handler(core)
        return {"anyOf" if key == "oneOf" else key: value for key, value in shape.items()}


def _with_kinds(value: Any) -> Any:
    """The table with a kind in every task: its name, where it gives none; and `action:` alone is a task, too."""
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
    FrozenMap[Name, Annotated[TaskRule, _OfTheTable()]],
    AfterValidator(_all_or_none),
    BeforeValidator(_with_kinds),
]
"""The table of tasks: name -> the rule of the kind that its `kind` names."""
