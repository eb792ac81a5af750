"""A check that samples of one recipe's task can become samples of another recipe's task, and the sources of its texts.

The text for a place of its templates ({instruction}, {plan}, ...) comes from what a sample stores:

    stored   {instruction}, {action}, {state}: from the fields of these names
    target   any other place that the stored task's target has with the same meaning: read back from the target, exactly
    plan     {plan} that annotations gave: from the field of this name, if every step has one
    end      {success}, if the rows of the stored action show the distance to the end of the episode

Other places need the rest of the episode, or a table of annotations, and are refused with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from vladata.language.target import Target
from vladata.language.tasks.places import ACTION, MOVEMENT, PLAN, POINTED, STATE, at, place_of
from vladata.language.tasks.success import SUCCESS
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Place, Steps, Task, Texts
from vladata.loaders.rendering.stored import StoredRobot
from vladata.robot.picturing import cameras
from vladata.robot.samples import frames_of
from vladata.robot.sources import frequency
from vladata.robot.windowed import earlier
from vladata.selection.at_windows import HEAD, TAIL
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule

FIELDS = ("instruction", ACTION, STATE)
LEFT = "steps_left"


@dataclass(frozen=True)
class TaskFit:
    """The way to turn samples of a stored task into samples of a recipe's task.

    stored, asked: names of the tasks in their recipes.
    wording, task: of the asked task, with the texts of its places from stored values.
    loss_weight:   of the samples of the asked task.
    parts:         the reader of the stored target, and the names of its parts that are needed; None if no part is needed.
    planned:       True if the stored field `plan` is needed.
    members:       new name of an image -> its stored name, in order.
    frames:        numbers of the stored frames that are shown.
    """

    stored: str
    asked: str
    wording: "TaskWording"
    task: Task
    loss_weight: float
    parts: tuple[Target, tuple[str, ...]] | None
    planned: bool
    members: Mapping[str, str]
    frames: tuple[int, ...]


@dataclass(frozen=True)
class TaskWording:
    """The wording of a task. known: the settings for the places of its templates, computed once."""

    prompts: tuple[str, ...]
    target: str
    known: Mapping[str, Any]

    def settings(self) -> dict[str, Any]:
        """Return the settings for the places of its templates."""
        return dict(self.known)


def part_of(name: str) -> str:
    """Return the name under which a task's annotations have the texts of a part of stored targets."""
    return f"target/{name}"


def _part(name: str, steps: Steps, settings: Mapping[str, Any]) -> Texts:
    return at(steps.annotations[part_of(name)], steps)


def _success(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    done = steps.columns[LEFT][steps.at] < settings["done"]
    return [settings["yes"] if each else settings["no"] for each in done.tolist()]


def fit_task(
    source: StoredRobot, stored: str, recipe: RecipeSpec, asked: str
) -> tuple[TaskFit | None, list[str]]:
    """Return the way from samples of the task `stored` to the task `asked` of a recipe, or None and the reasons against it."""
    rule, kind = recipe.tasks[asked], TASKS[recipe.tasks[asked].kind]
    places: dict[str, Place] = dict(kind.places)
    read, problems = list[str](), list[str]()
    for name in sorted(rule.held):
        found = _answer(name, source, source.recipe.tasks[stored], recipe, rule)
        if found == "target":
            read.append(name)
            places[name] = partial(_part, name)
        elif found == PLAN:
            places[name] = partial(_part, name)
        elif found == "end":
            places[name] = _success
        elif found != "stored":
            problems.append(f"task {asked} says {{{name}}}: {found}")
    own = _Shown(source.spec, source.recipe, stored), _Shown(source.spec, recipe, asked)
    members, frames, lacks = _members(*own, source, recipe)
    problems += lacks
    if problems:
        return None, problems
    parts = (Target(source.recipe.tasks[stored].target), tuple(read)) if read else None
    task = replace(kind, places=places, frames=0, shows=None)
    planned = PLAN in places and PLAN not in read
    words = TaskWording(rule.prompts, rule.target, rule.settings())
    return TaskFit(stored, asked, words, task, rule.loss_weight, parts, planned, members, frames), []


def _answer(name: str, source: StoredRobot, stored: TaskRule, recipe: RecipeSpec, rule: TaskRule) -> str:
    """Return the source of the texts of a place: "stored", "target", "plan" or "end", or the reason why there is none."""
    if name in FIELDS and name not in TASKS[rule.kind].places:
        return "stored"
    if name in Target(stored.target).places and _means_the_same(name, source, stored, recipe, rule):
        return "target"
    if rule.kind == "success" and TASKS["success"] is SUCCESS and name == "success":
        settings, known = rule.settings(), source.rule.chunk
        if source.spec.success is not None:
            return "a sample does not say if its episode succeeded"
        if settings["done"] == settings["undone"] <= known:
            return "end"
        return f"samples show the end of the episode only {known} steps before it (done and undone, equal)"
    if name == PLAN and rule.plan_from == "given":
        return PLAN if _all_planned(source, stored) else "not every sample has a plan from annotations"
    if place_of(name) is None or name in TASKS[rule.kind].places:
        return "it depends on other steps of the episode, which are not in a sample"
    return "it comes from other steps of the episode or from annotations, which are not in a sample"


def _all_planned(source: StoredRobot, stored: TaskRule) -> bool:
    """Return True if the field `plan` of every sample of a task is a plan from annotations."""
    part = source.part
    if (
        part is None
        or source.output is None
        or source.spec.language.plan
        or PLAN in Target(stored.target).places
    ):
        return False
    ledger = source.output.manifest.ledger
    without_window = sum(ledger["reasons"].get(name, {}).get("steps", 0) for name in (HEAD, TAIL))
    said: int = part.annotations.get("steps", {}).get(PLAN, 0)
    return bool(said >= ledger["steps"]["written"] + without_window)


def _means_the_same(
    name: str, source: StoredRobot, stored: TaskRule, recipe: RecipeSpec, rule: TaskRule
) -> bool:
    """Return True if a place is the same function of a step in both tasks."""
    ours, theirs = rule.settings(), stored.settings()
    if name in TASKS[rule.kind].places or name in TASKS[stored.kind].places:
        return rule.kind == stored.kind and all(ours[key] == theirs[key] for key in TASKS[rule.kind].settings)
    if name in POINTED:
        first = [
            _Shown(source.spec, each, task).first for each, task in ((source.recipe, stored), (recipe, rule))
        ]
        images = [each.images.model_dump(exclude={"cameras"}) for each in (source.recipe, recipe)]
        return rule.coordinates == stored.coordinates and first[0] == first[1] and images[0] == images[1]
    if name == PLAN and rule.plan_from != stored.plan_from:
        return False
    if name == MOVEMENT or (name == PLAN and rule.plan_from == MOVEMENT):
        return all(ours.get(key) == theirs.get(key) for key in ("window", "threshold"))
    return True


class _Shown:
    """The pictures that samples of a task show: names of cameras -> the schema's names, and the number of frames."""

    def __init__(self, spec: Any, recipe: RecipeSpec, task: str | TaskRule) -> None:
        self.rule = recipe.tasks[task] if isinstance(task, str) else task
        known = cameras(spec, recipe)
        wanted = known if self.rule.cameras is None else self.rule.cameras
        self.cameras = {name: known.get(name, name) for name in wanted}
        self.frames = frames_of(recipe, self.rule)
        self.own_frames = TASKS[self.rule.kind].frames
        self.first = next(iter(self.cameras.values()), next(iter(known.values())))


def _members(
    stored: _Shown, asked: _Shown, source: StoredRobot, recipe: RecipeSpec
) -> tuple[dict[str, str], tuple[int, ...], list[str]]:
    """Return new name of an image -> its stored name; the numbers of the frames; and the problems."""
    problems, by_camera = [], {camera: name for name, camera in stored.cameras.items()}
    lacks = [name for name, camera in asked.cameras.items() if camera not in by_camera]
    if lacks:
        problems.append(
            f"camera {lacks[0]} is not in the samples, which show {', '.join(stored.cameras) or 'none'}"
        )
    if asked.own_frames:
        same = stored.own_frames and stored.rule.settings() == asked.rule.settings()
        frames = tuple(range(asked.frames))
        if not same:
            problems.append(
                f"a task of kind {asked.rule.kind} chooses its own frames, which are not in a sample"
            )
    else:
        frames, says = _frames(1 if stored.own_frames else stored.frames, asked.frames, source, recipe)
        problems += says
    return (
        {
            earlier(name, k): earlier(by_camera.get(camera, name), place)
            for k, place in enumerate(frames)
            for name, camera in asked.cameras.items()
        },
        frames,
        problems,
    )


def _frames(
    have: int, want: int, source: StoredRobot, recipe: RecipeSpec
) -> tuple[tuple[int, ...], list[str]]:
    """Return the numbers of a sample's frames that are wanted, and the problems."""
    stride = source.rule.stride
    wanted = recipe.windows.steps(frequency(source.spec, source.every), source.spec.name)
    if want == 1:
        return (0,), []
    if wanted % stride:
        return (), [
            f"it needs frames {wanted} steps apart, but the stored frames are {stride} apart (windows.stride)"
        ]
    if (want - 1) * wanted // stride >= have:
        return (), [f"it needs a history of {want} frames, but a sample has {have} (windows.history)"]
    return tuple(k * wanted // stride for k in range(want)), []
