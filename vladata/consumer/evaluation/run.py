"""An evaluation from its config to its report. Start reading here.

OUT/config.json   the config: OUT goes on with the same one alone
OUT/trials.jsonl  what came of each trial
OUT/films/        POLICY-SUITE-success-0.gif ...
OUT/results.json, OUT/report.html
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vladata.consumer.evaluation.actors import actor
from vladata.consumer.evaluation.adapter import adapter
from vladata.consumer.evaluation.film import write_film
from vladata.consumer.evaluation.playing import Played, play
from vladata.consumer.evaluation.report import page
from vladata.consumer.evaluation.told import results
from vladata.consumer.evaluation.trials import Outcome, Trial, append, groups, read
from vladata.errors import PlanDiffers, UnknownName
from vladata.progress import Progress
from vladata.spec.evaluation import EvaluationSpec

CONFIG, RESULTS, REPORT, FILMS = "config.json", "results.json", "report.html", "films"
FOLLOWED = 4  # films that are looked for among so many trials of each policy and suite, for each that is kept


def evaluate(
    spec: EvaluationSpec,
    out: str | os.PathLike[str],
    *,
    device: str = "cpu",
    quiet: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Play all trials that are left of an evaluation, write its report, and return its results (told.py).

    Raises PlanDiffers where `out` holds another evaluation, UnknownName for a suite that the environment has not, MissingFile
    where there is no such checkpoint, ContractMismatch where a policy does not fit the environment.
    """
    folder, first = Path(out), adapter(spec.environment, spec.settings)
    suites = spec.suites or first.suites
    _claim(folder, spec)
    actors = {name: actor(rule, first, device) for name, rule in spec.rules().items()}
    kept = read(folder)
    total = len(actors) * len(suites) * len(spec.seeds) * spec.trials
    if kept:
        say(f"Going on after {len(kept):,} of {total:,} trials.")
    with Progress("eval", "trials", total, lambda: len(kept), quiet):
        for group in groups(spec, suites, {each.trial for each in kept}):
            played = play(
                group,
                actors[group[0].policy],
                lambda: adapter(spec.environment, spec.settings),
                lambda trial: trial.seed == spec.seeds[0] and trial.number < FOLLOWED * spec.films,
            )
            _keep_films(folder, played, spec.films)
            found = [each.outcome for each in played]
            append(folder, found)
            kept += found
    return _told(folder, spec, kept)


def known_suites(spec: EvaluationSpec) -> tuple[str, ...]:
    """The suites that are played. Raises UnknownName for one that the environment has not."""
    world = adapter(spec.environment, spec.settings)
    for suite in spec.suites or ():
        if suite not in (*world.suites, *world.other_suites):
            raise UnknownName(f"suite of {spec.environment}", suite, [*world.suites, *world.other_suites])
    return spec.suites or world.suites


def _claim(folder: Path, spec: EvaluationSpec) -> None:
    """Make the folder this evaluation's. Raises PlanDiffers where it is another's."""
    known_suites(spec)
    said = spec.model_dump(mode="json")
    file = folder / CONFIG
    if file.exists():
        there = json.loads(file.read_text(encoding="utf-8"))
        differ = [name for name in said if name != "together" and there.get(name) != said[name]]
        if differ:
            raise PlanDiffers(
                "another evaluation lies there",
                where=str(folder),
                got=", ".join(differ),
                hint="Give it another folder, or remove this one.",
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _keep_films(folder: Path, played: Sequence[Played], wanted: int) -> None:
    """Write the first films of successes and of failures, so many of each policy and suite."""
    for each in played:
        if not each.film:
            continue
        ended = "success" if each.world.success else "failure"
        start = f"{each.trial.policy}-{each.trial.suite}-{ended}"
        there = len(list((folder / FILMS).glob(f"{start}-*.gif")))
        if there < wanted:
            write_film(folder / FILMS / f"{start}-{there}.gif", each.film, each.seen.instruction, ended)


def _told(folder: Path, spec: EvaluationSpec, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    told = {"name": spec.name, **results(sorted(outcomes, key=_in_order))}
    films = sorted(f"{FILMS}/{film.name}" for film in (folder / FILMS).glob("*.gif"))
    (folder / RESULTS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (folder / REPORT).write_text(page(spec.name, told, films), encoding="utf-8")
    return told


def _in_order(outcome: Outcome) -> Trial:
    return outcome.trial
