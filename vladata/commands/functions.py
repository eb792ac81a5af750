"""vladata.convert, begin, mix, verify and examine: the commands as functions of a program, with the options of the command line.

Further options are the fields of the settings of each kind, in vladata/robot, web and mixtures.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from vladata.beam.running import MIX, ROBOT, WEB, hire
from vladata.commands import doctor as of_doctor
from vladata.commands import mix as of_mixtures
from vladata.commands import rlds2vla, web2vla
from vladata.commands.verify import rederive
from vladata.commands.verify import verify as verify_output
from vladata.doctor.examine import Examined
from vladata.doctor.exports import Exports
from vladata.errors import UsageError, nearest
from vladata.mixtures.prepare import PreparedMix
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.virtual import write_virtual
from vladata.robot.run import begin as begin_robot
from vladata.robot.settings import Choice, Settings, recipe_name
from vladata.runs.attempt import Run
from vladata.runs.findings import Discrepancy
from vladata.shards.manifest import Manifest
from vladata.shards.storage import open_output
from vladata.sources.readers import NATIVE
from vladata.spec import find
from vladata.spec.corpus import CorpusSpec
from vladata.spec.dataset import DatasetSpec
from vladata.spec.mixture import MixtureSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.select import EVERYTHING
from vladata.web.run import begin as begin_web
from vladata.web.settings import WebSettings

Place = str | os.PathLike[str]
Spec = TypeVar("Spec", bound=DatasetSpec | CorpusSpec | RecipeSpec | MixtureSpec)
_LOG = logging.getLogger("vladata")


def convert(
    source: Place | Sequence[Place],
    out: Place,
    *,
    recipe: str | RecipeSpec | None = None,
    schema: str | DatasetSpec | None = None,
    corpus: str | CorpusSpec | None = None,
    workers: int = 1,
    beam: Sequence[str] = (),
    overwrite: bool = False,
    progress: bool = False,
    say: Callable[[str], None] = _LOG.warning,
    **options: Any,
) -> Manifest:
    """Convert a robot dataset (`schema`) or a web corpus (`corpus`) into samples in `out`, and return the output's manifest.

    If it is killed at any moment, the same call continues from the files that are on the disk.

    source:  folder or URL of the robot dataset; place or places of the corpus (files, folders, globs, URLs).
    schema, corpus, recipe: names of shipped specs, paths of YAML files, or specs. A format of whole episodes needs no recipe.
    workers: processes on this machine.   beam: options of a Beam runner, which then does the work.
    say:     called with each remark for a person; by default it warns through the logger "vladata".
    options: format, order, seed, memory (bytes), samples_per_shard, split, limit; for a robot dataset also measured, reader,
             keep_ranges, errata, annotations (a table, or several), check_pictures, and for format lerobot fps, pictures,
             video_codec, language; for a corpus images, links, model, without.

    Raises UsageError for wrong arguments, OutputExists if `out` holds something else, and other VladataErrors that name the
    obstacle.
    """
    settings = _settings(source, out, recipe, schema, corpus, options)
    if isinstance(settings, Settings):
        with hire(workers, tuple(beam), not progress, say, _LOG.debug, ROBOT) as running:
            return rlds2vla.convert(settings, running, overwrite)
    with hire(workers, tuple(beam), not progress, say, _LOG.debug, WEB) as running:
        return web2vla.convert(settings, running, overwrite)


def begin(
    source: Place | Sequence[Place],
    out: Place,
    *,
    recipe: str | RecipeSpec | None = None,
    schema: str | DatasetSpec | None = None,
    corpus: str | CorpusSpec | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Run[Any]:
    """Begin a conversion whose units your own loop or Beam pipeline does.

        with vladata.begin(SRC, OUT, schema=..., recipe=...) as run:   locks the output, indexes in this process, plans
            run.convert_here()                                         or vladata.beam.ConvertUnits(run.url, run.units)
            manifest = run.commit()

    The arguments are those of `convert`. A run that was stopped continues: `run.units` are the units that are left.
    """
    settings = _settings(source, out, recipe, schema, corpus, options)
    if isinstance(settings, Settings):
        return begin_robot(settings, overwrite)
    return begin_web(settings, overwrite)


def _settings(
    source: Place | Sequence[Place],
    out: Place,
    recipe: str | RecipeSpec | None,
    schema: str | DatasetSpec | None,
    corpus: str | CorpusSpec | None,
    options: Mapping[str, Any],
) -> Settings | WebSettings:
    places, fmt = _places(source), options.get("format", Settings.format)
    asked = recipe if isinstance(recipe, RecipeSpec) else recipe_name(recipe, fmt)
    rules = _spec(asked, RecipeSpec, find.recipe)
    if schema is not None and corpus is None:
        if len(places) != 1:
            raise UsageError("a robot dataset is one folder", got=f"{len(places)} places", allowed="one")
        robot = _spec(schema, DatasetSpec, find.schema)
        options = {**options, "annotations": _places(options.get("annotations", ()))}
        return Settings(places[0], os.fspath(out), robot, rules, **_checked(Settings, options))
    if corpus is not None and schema is None:
        web = _spec(corpus, CorpusSpec, find.corpus)
        return WebSettings(places, os.fspath(out), web, rules, **_checked(WebSettings, options))
    raise UsageError(
        "a conversion has either a schema or a corpus",
        got=f"schema={schema!r}, corpus={corpus!r}",
        hint="schema= names how a robot dataset is read, corpus= how a web corpus is.",
    )


def mix(
    out: Place,
    mixture: str | MixtureSpec,
    places: Mapping[str, Place] | None = None,
    *,
    materialize: bool = False,
    workers: int = 1,
    beam: Sequence[str] = (),
    overwrite: bool = False,
    progress: bool = False,
    say: Callable[[str], None] = _LOG.warning,
    **options: Any,
) -> Manifest:
    """Mix converted datasets at an exact ratio in `out`, and return the mixture's manifest.

    mixture:     name, path or spec.   places: name of a source -> path of its dataset, if the mixture does not give it.
    materialize: write shards; else a virtual mixture, which refers to the shards of its sources.
    options:     root, only_given, weights, split, batch_size, seed, memory, samples_per_shard, format.
    The others are those of `convert`. Raises UsageError for a source without a dataset, and other VladataErrors.
    """
    named = mixture if isinstance(mixture, str) else ""
    spec = _spec(mixture, MixtureSpec, find.mixture)
    given = {name: os.fspath(place) for name, place in (places or {}).items()}
    settings = MixSettings(spec, os.fspath(out), given, named, **_checked(MixSettings, options))

    def planned(prepared: PreparedMix) -> None:
        for remark in prepared.remarks:
            say(remark)

    if not materialize:
        prepared, manifest = write_virtual(settings, overwrite)
        planned(prepared)
        return manifest
    with hire(workers, tuple(beam), not progress, say, _LOG.debug, MIX) as running:
        return of_mixtures.materialise(settings, running, overwrite, planned)


def verify(
    out: Place,
    source: Place | Sequence[Place] = (),
    *,
    reader: str = NATIVE,
    images: Place = "",
    without: Sequence[Place] = (),
    links: Sequence[Place] = (),
) -> list[Discrepancy]:
    """Return all differences between an output and its manifest; with `source`, also between its samples and its source.

    source: as for the conversion. Every sample is made again from it, if the output agrees with its manifest.
    reader: of a robot dataset.   images, without, links: of a web corpus, as for its conversion.
    Raises NotADataset if there is neither a dataset nor an unfinished run.
    """
    output, places = open_output(os.fspath(out)), _places(source)
    findings = list(verify_output(output))
    if places and not findings:
        others = _places(without), _places(links)
        findings = list(rederive(output, places, reader, os.fspath(images), *others))
    return findings


def examine(
    source: Place,
    *,
    schema: str | DatasetSpec,
    recipe: str | RecipeSpec | None = None,
    workers: int = 1,
    progress: bool = False,
    say: Callable[[str], None] = _LOG.warning,
    keep_ranges: Place = "",
    errata: Place = "",
    **options: Any,
) -> Examined:
    """Look for what is probably wrong with a robot dataset or its schema, as `vladata doctor` does, and return the findings.

    recipe:  its chain and its `select` are used, and the findings say how many bins of its codec each dimension uses.
    keep_ranges, errata: files that select and correct episodes; only what they take is examined.
    options: chain, split, images (number of episodes whose pictures are looked at), reader.
    The others are as of `convert`. Raises UsageError for what is asked wrongly, and any VladataError that says what is in
    the way.
    """
    rules = None if recipe is None else _spec(recipe, RecipeSpec, find.recipe)
    select = rules.select if rules else EVERYTHING
    choice = Choice(select, os.fspath(keep_ranges), os.fspath(errata))
    robot = _spec(schema, DatasetSpec, find.schema)
    given = _checked(of_doctor.Visit, options)
    visit = of_doctor.Visit(os.fspath(source), robot, recipe=rules, choice=choice, **given)
    with hire(workers, (), not progress, say, _LOG.debug, ROBOT) as running, Exports() as exports:
        return of_doctor.examine(visit, running, exports)


def _places(source: Place | Sequence[Place]) -> tuple[str, ...]:
    given = [source] if isinstance(source, str | os.PathLike) else source
    return tuple(os.fspath(place) for place in given)


def _spec(asked: str | Spec, model: type[Spec], named: Callable[[str], Spec]) -> Spec:
    return asked if isinstance(asked, model) else named(os.fspath(asked))  # type: ignore[arg-type]


def _checked(settings: type[Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options. Raises UsageError for one that the settings do not have."""
    known = [field.name for field in fields(settings)]
    for name in options:
        if name not in known:
            raise UsageError(f'there is no option "{name}"', hint=nearest(name, known))
    return options
