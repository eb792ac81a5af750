"""An evaluation from its config to its report. Start reading here.

OUT/config.json   the config, and everything that its trials depend on; only an equal evaluation continues in OUT
OUT/trials.jsonl  the outcome of each trial
OUT/films/        POLICY-SUITE-success-SEED-NUMBER.gif ...
OUT/results.json, OUT/report.html
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from vladata.consumer.evaluation.actors import Actor, actor
from vladata.consumer.evaluation.adapter import Adapter, adapter
from vladata.consumer.evaluation.film import write_film
from vladata.consumer.evaluation.place import FILMS, REPORT, RESULTS, identity_of, taken, whole
from vladata.consumer.evaluation.playing import play
from vladata.consumer.evaluation.report import page
from vladata.consumer.evaluation.told import results
from vladata.consumer.evaluation.trials import Outcome, append, asked, groups, read
from vladata.errors import UnknownName, UsageError
from vladata.progress import Progress
from vladata.spec.evaluation import EvaluationSpec

Actors = Mapping[tuple[str, int], Actor]


def evaluate(
    spec: EvaluationSpec,
    out: str | os.PathLike[str],
    *,
    device: str = "cpu",
    overwrite: bool = False,
    quiet: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Play the trials of an evaluation that are left, write its report, and return its results (told.py).

    device:    the device that models compute on.
    overwrite: True to remove an older evaluation in `out` and begin again.
    quiet:     True to show no progress.
    say:       a function that is called with remarks.
    Raises PlanDiffers if `out` holds another evaluation, OutputBusy if another process uses it, UnknownName for a suite
    that the environment does not have, MissingFile if a checkpoint is missing, ContractMismatch if a policy does not fit
    the environment.
    """
    folder, suites = Path(out), known_suites(spec)
    world = adapter(spec.environment, spec.settings)
    identity = identity_of(spec, world)
    actors = _actors(spec, world, device)
    with ExitStack() as held, taken(folder, spec, identity, overwrite):
        for each in dict.fromkeys(actors.values()):
            held.callback(each.close)
        wanted = asked(spec, suites)
        kept = [each for each in read(folder) if each.trial in wanted]
        if kept:
            say(f"Continuing after {len(kept):,} of {len(wanted):,} trials.")
        with Progress("eval", "trials", len(wanted), lambda: len(kept), quiet):
            for group in groups(spec, suites, {each.trial for each in kept}):
                for over in play(group, actors[group[0].policy, group[0].seed], _maker(spec)):
                    found = [each.outcome for each in over]
                    if found:
                        append(folder, found)
                        kept += found
        order = {name: i for i, name in enumerate([*spec.policies, *suites])}
        kept.sort(key=lambda o: (order[o.trial.policy], order[o.trial.suite], o.trial))
        films = _films(folder, spec, kept, actors, say)
        told = {
            "name": spec.name,
            "environment": spec.environment,
            **results(kept, suites, spec.pools),
            "films": films,
        }
        whole(folder / RESULTS, (json.dumps(told, indent=1) + "\n").encode())
        whole(folder / REPORT, page(told, folder).encode())
    return told


def known_suites(spec: EvaluationSpec) -> tuple[str, ...]:
    """Return the suites that are played.

    Raises UnknownName for a suite that the environment does not have, UsageError for a pool that has the name of a suite or holds
    a suite that is not played."""
    world = adapter(spec.environment, spec.settings)
    known = [*world.suites, *world.other_suites]
    for suite in spec.suites or ():
        if suite not in known:
            raise UnknownName(f"suite of {spec.environment}", suite, known)
    played = tuple(spec.suites or world.suites)
    for name, pool in (spec.pools or {}).items():
        if name in known:
            raise UsageError("a pool has the name of a suite", got=name, hint="Give it another name.")
        if missing := [suite for suite in pool if suite not in played]:
            what, allowed = f"pool {name} holds a suite that is not played", ", ".join(played)
            raise UsageError(what, got=missing[0], allowed=allowed)
    return played


def _actors(spec: EvaluationSpec, world: Adapter, device: str) -> Actors:
    """Return (policy, seed) -> player. Each checkpoint is loaded once."""
    made: dict[tuple[str, str | None], Actor] = {}
    found: dict[tuple[str, int], Actor] = {}
    for name, rule in spec.rules().items():
        for seed, checkpoint in zip(spec.seeds, spec.checkpoints(name), strict=True):
            key = checkpoint, rule.dataset
            if key not in made:
                made[key] = actor(checkpoint, rule.dataset, world, device)
            found[name, seed] = made[key]
    return found


def _maker(spec: EvaluationSpec) -> Callable[[], Any]:
    return lambda: adapter(spec.environment, spec.settings)


def _films(
    folder: Path, spec: EvaluationSpec, kept: Sequence[Outcome], actors: Actors, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Play again the trials to show, film them, and return a description of each film. Existing films are kept."""
    wanted = {_film_name(each): each for each in shown(kept, spec.films)}
    (folder / FILMS).mkdir(exist_ok=True)
    for path in (folder / FILMS).glob("*.gif"):  # other files stay
        if path.name not in wanted:
            path.unlink()
    for name, outcome in wanted.items():
        path = folder / FILMS / name
        if path.exists():
            continue
        trial = outcome.trial
        (played,) = [
            e for over in play([trial], actors[trial.policy, trial.seed], _maker(spec), True) for e in over
        ]
        again = played.outcome
        if (again.success, again.steps) != (outcome.success, outcome.steps):
            say(
                f"{name}: the trial went differently when it was played alone for the film than in its batch."
            )
        write_film(path, played.film, outcome.instruction, _ended(again))
    return [
        {
            "file": f"{FILMS}/{name}",
            "instruction": each.instruction,
            "success": each.success,
            "steps": each.steps,
        }
        for name, each in wanted.items()
    ]


def shown(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Return the first `count` successes and the first `count` failures of each policy in each suite, by seed and number."""
    found: dict[tuple[str, str, bool], list[Outcome]] = {}
    for each in outcomes:
        found.setdefault((each.trial.policy, each.trial.suite, each.success), []).append(each)
    return [each for some in found.values() for each in some[:count]]


def _film_name(outcome: Outcome) -> str:
    trial = outcome.trial
    return f"{trial.policy}-{trial.suite}-{_ended(outcome)}-{trial.seed}-{trial.number}.gif".replace("/", "_")


def _ended(outcome: Outcome) -> str:
    return "success" if outcome.success else "failure"
