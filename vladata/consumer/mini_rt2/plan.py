"""The commands of the experiment: for each seed its data, its web model, its arms, and one evaluation of all arms.

    words ──────┐
    world ─┬─ web ─── web-model ─┬─ fine-tuned ────┬── evaluation
           ├──── mix ────────────┴─ co-fine-tuned ─┤
           └─ robot ─────────────── scratch ───────┘

An arm is a training config that ships (schemas/training/mini-ARM.yaml), with the path of its data. The learning rate of each arm
is chosen on validation scenes of the suite in the robot data, never on the scenes of the result.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from vladata.consumer.mini_rt2.runner import Step
from vladata.consumer.tabletop.suites import UNSEEN

HELD = 10_000  # is added to a seed to get that of its held-out web pictures
WORLD = files("vladata.consumer.tabletop")
VLADATA = (str(Path(sys.executable).with_name("vladata")),)


@dataclass(frozen=True)
class Arm:
    """A way to train a policy.

    data:    "robot", or "mix" of robot and web.
    starts:  True if it starts from the web model.
    recipe:  the recipe of its robot data.
    encoder: True if it takes only the encoder from the web model.
    config:  the ending of the config mini-CONFIG; "" for mini-NAME.
    """

    name: str
    data: str
    starts: bool
    recipe: str = "two_queries"
    encoder: bool = False
    config: str = ""


ARMS = (
    Arm("scratch", "robot", False),
    Arm("fine-tuned", "robot", True),
    Arm("co-fine-tuned", "mix", True),
)
OTHERS = (
    Arm("co-fine-tuned-no-plan", "mix", True, "action_alone"),
    Arm("co-fine-tuned-one-query", "mix", True, "one_query"),
)
"""Arms with the same budget: without a plan, and with the plan in the same answer as the action."""
BASELINES = (
    Arm("rt1", "robot", False, "action_alone"),
    Arm("frozen-vision", "robot", False, encoder=True),
    Arm("object-mask", "mix", True, "object_mask"),
)
"""RT-2's baselines: RT-1, a frozen pretrained encoder (in the role of R3M and VC-1), and MOO."""
ALL_ARMS = (*ARMS, *OTHERS, *BASELINES)
COMPARED = 2
"""The number of seeds with which all arms are trained. Later seeds train only the first three arms, which the result compares."""
WORDED = ("two_queries", "one_query")  # recipes that together have all words of all recipes
WORDS_SEED = 9_999  # seed of the demonstrations that give a small model its words
WEB_MODEL = "web-model"  # the folder of the web model's training
SKILLS = "skills.json"  # results of the tests of how much of the web data the models of a seed still know
STAGED = ("--suite", "every_task")
SUITES = ("seen", "combo", *UNSEEN)


@dataclass(frozen=True)
class Sizes:
    """The size of the experiment.

    episodes, pictures: numbers of episodes and web pictures for each seed.
    part:   share of the config's steps that each training makes.
    trials: number of trials for each suite and seed.
    """

    episodes: int = 2000
    pictures: int = 6000
    part: float = 1.0
    trials: int = 150


QUICK = Sizes(60, 300, 0.02, 6)


def words_steps(out: Path) -> Iterator[Step]:
    """Yield the steps that write and convert a few demonstrations of all tasks.

    A small model gets the words of these and of its web data, since it has no tokenizer that knows them already."""
    yield world_step(out, "words/world", WORDS_SEED, ("--episodes", "200", "--pictures", "0", *STAGED))
    for recipe in WORDED:
        yield robot_step(out, "words/world", f"words/{recipe}", recipe)


def data_steps(out: Path, seed: int, sizes: Sizes, recipes: Sequence[str]) -> Iterator[Step]:
    """Yield the steps that write, convert and mix the data of a seed."""
    here, few = f"seed{seed}", str(max(40, sizes.pictures // 20))
    both = ("--episodes", str(sizes.episodes), "--pictures", str(sizes.pictures))
    yield world_step(out, f"{here}/world", seed, both)
    yield world_step(out, f"{here}/held", seed + HELD, ("--episodes", "0", "--pictures", few))
    for name, source in (("web", "world"), ("held-web", "held")):
        web = out / here / source / "web"
        command = _convert("web2vla", web, out / here / name, "web.yaml", "two_queries.yaml")
        yield Step(f"{here}/{name}", command, (f"{here}/{source}",))
    yield from robot_steps(out, seed, recipes)


def robot_steps(out: Path, seed: int, recipes: Sequence[str], staged: str = "") -> Iterator[Step]:
    """Yield the steps that convert a seed's demonstrations by some recipes, and mix them with its web data.

    staged: prefix of the names in the second experiment."""
    here, world = f"seed{seed}", f"seed{seed}/{staged}world"
    for recipe in recipes:
        robot, mix = f"{here}/{staged}robot-{recipe}", f"{here}/{staged}mix-{recipe}"
        yield robot_step(out, world, robot, recipe)
        places = ("--set", f"robot={out / robot}", "--set", f"web={out / here / 'web'}")
        mixture = ("--mixture", str(WORLD / "mixture.yaml"))
        mixed = (*VLADATA, "mix", str(out / mix), *mixture, *places, "--quiet")
        yield Step(mix, mixed, (robot, f"{here}/web"))


def world_step(out: Path, name: str, seed: int, options: Sequence[str]) -> Step:
    """Return the step that writes demonstrations and pictures."""
    write = (sys.executable, "-m", "vladata.consumer.tabletop.write", str(out / name))
    return Step(name, (*write, *options, "--seed", str(seed)))


def robot_step(out: Path, world: str, name: str, recipe: str) -> Step:
    """Return the step that converts demonstrations by a recipe."""
    source = out / world / "shapes" / "1.0.0"
    command = _convert("rlds2vla", source, out / name, "robot.yaml", f"{recipe}.yaml")
    return Step(name, (*command, "--annotations", str(out / world / "points.jsonl")), (world,))


def web_model(out: Path, seed: int, sizes: Sizes) -> Step:
    """Return the step that trains the web model, on web data only. The model also has tokens for the words of robot data."""
    words = _words(seed)
    said = {"data.path": str(out / words[0]), "model.words_from": _told(out, words)}
    return _training(out, seed, "mini-web", f"seed{seed}/{WEB_MODEL}", said, sizes, words)


def arm_step(out: Path, seed: int, arm: Arm, sizes: Sizes, rate: float, name: str | None = None) -> Step:
    """Return the step that trains an arm at a learning rate. name: the step's name and folder; None: the result of `named`."""
    here = out / f"seed{seed}"
    data = f"{arm.data}-{arm.recipe}"
    said = {
        "data.path": str(here / data),
        "optimizer.learning_rate": f"{rate:g}",
    }
    after = [f"seed{seed}/{data}"]
    if arm.starts or arm.encoder:
        said["start" if arm.starts else "model.vision_from"] = str(here / WEB_MODEL)
        after.append(f"seed{seed}/{WEB_MODEL}")
    if not arm.starts:
        said["model.words_from"] = _told(out, _words(seed))
        after += _words(seed)
    folder = f"seed{seed}/{name or named(arm, rate)}"
    return _training(out, seed, f"mini-{arm.config or arm.name}", folder, said, sizes, tuple(after))


def arms_of(number: int) -> tuple[Arm, ...]:
    """Return the arms of the seed at position `number`, counted from 0."""
    return ALL_ARMS if number < COMPARED else ARMS


def recipes_of(number: int) -> tuple[str, ...]:
    """Return the recipes of the arms of the seed at position `number`."""
    return tuple(dict.fromkeys(arm.recipe for arm in arms_of(number)))


def named(arm: Arm, rate: float) -> str:
    """Return the name of an arm at a learning rate; the name contains the rate in millionths."""
    return f"{arm.name}-{round(rate * 1e6)}"


def _words(seed: int) -> tuple[str, ...]:
    """Return the names of the steps that make the data from which small models get their words, also words without training."""
    return (f"seed{seed}/web", *(f"words/{recipe}" for recipe in WORDED))


def _told(out: Path, folders: Sequence[str]) -> str:
    return f"[{', '.join(str(out / each) for each in folders)}]"


def skill_step(out: Path, seed: int, trained: Sequence[str]) -> Step:
    """Return the step that tests how much of the web data models still know. trained: names of the steps that trained them."""
    here = out / f"seed{seed}"
    runs = [str(here / each) for each in trained]
    places = (str(here / "held-web"), str(here / SKILLS), *runs)
    command = (sys.executable, "-m", "vladata.consumer.mini_rt2.web_skill", *places)
    after = tuple(f"seed{seed}/{each}" for each in (*trained, "held-web"))
    return Step(f"seed{seed}/skills", command, after)


def evaluation_step(
    out: Path,
    seed: int,
    policies: Mapping[str, str],
    suites: Sequence[str],
    sizes: Sizes,
    name: str = "evaluation",
) -> Step:
    """Return the step that evaluates some policies of a seed. policies: name -> name of the step that trained it."""
    here = out / f"seed{seed}"
    here.mkdir(parents=True, exist_ok=True)
    said = {
        "name": f"mini-rt2-{name}-seed{seed}",
        "environment": "tabletop",
        "policies": {name: str(here / trained) for name, trained in policies.items()},
        "suites": list(suites),
        "trials": sizes.trials,
        "together": sizes.trials,  # such a small model takes less time for each answer in larger batches
        "seeds": [seed],
    }
    config = here / f"{name}.yaml"
    config.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")  # JSON is YAML
    command = (*VLADATA, "eval", str(config), "--out", str(here / name), "--quiet")
    return Step(f"seed{seed}/{name}", command, tuple(f"seed{seed}/{each}" for each in policies.values()))


def _training(
    out: Path, seed: int, config: str, name: str, said: dict[str, str], sizes: Sizes, after: tuple[str, ...]
) -> Step:
    said = {**said, "seed": str(seed), "data.seed": str(seed), "threads": "1"}
    if sizes.part != 1:
        said["schedule.steps"] = str(steps_of(config, sizes.part))
        said["schedule.warmup"] = "2"
    sets = [each for key, value in said.items() for each in ("--set", f"{key}={value}")]
    return Step(name, (*VLADATA, "train", config, "--out", str(out / name), *sets, "--quiet"), after)


def steps_of(config: str, part: float) -> int:
    """Return a share of a config's steps."""
    from vladata.spec.find import training

    return max(4, round(training(config).schedule.steps * part))


def _convert(way: str, source: Path, out: Path, schema: str, recipe: str) -> tuple[str, ...]:
    places = (str(source), str(out), "--schema", str(WORLD / schema), "--recipe", str(WORLD / recipe))
    return (*VLADATA, "convert", way, *places, "--quiet")
