"""vladata.convert, begin, mix, verify and examine: the commands as functions of a program, with the options of the command line.

Further options are the fields of the settings of each kind, in vladata/robot, web and mixtures.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
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
ARGUMENTS = ("source", "sources", "out", "spec", "recipe", "places", "asked", "kept", "choice")
"""Settings that are arguments of their own, or not for users."""
OF_RECIPES = ("image_size", "cameras", "select", "keep")
OF_RECIPES_HINT = (
    "It is a key of the recipe. Write a recipe of your own (name: mine, extends: rt2-pali-x, and the keys that differ), and give "
    'its path: recipe="./mine.yaml".'
)
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
        with hire(workers, _options(beam), not progress, say, _LOG.debug, ROBOT) as running:
            return rlds2vla.convert(settings, running, overwrite)
    with hire(workers, _options(beam), not progress, say, _LOG.debug, WEB) as running:
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
    places, target, fmt = (
        _places(source, "source"),
        _place(out, "out"),
        options.get("format", Settings.format),
    )
    rules = _spec(recipe_name(None, fmt) if recipe is None else recipe, RecipeSpec, find.recipe, "recipe")
    if schema is not None and corpus is None:
        if len(places) != 1:
            raise UsageError("a robot dataset is one folder", got=f"{len(places)} places", allowed="one")
        robot = _spec(schema, DatasetSpec, find.schema, "schema")
        return Settings(places[0], target, robot, rules, **_checked(Settings, options, ("annotations",)))
    if corpus is not None and schema is None:
        web = _spec(corpus, CorpusSpec, find.corpus, "corpus")
        return WebSettings(places, target, web, rules, **_checked(WebSettings, options, ("links", "without")))
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
    spec = _spec(mixture, MixtureSpec, find.mixture, "mixture")
    if not isinstance(places or {}, Mapping):
        raise UsageError("places= must be a map", got=places, allowed='{"SOURCE": PATH, ...}')
    given = {name: _place(place, f'places["{name}"]') for name, place in (places or {}).items()}
    settings = MixSettings(spec, _place(out, "out"), given, named, **_checked(MixSettings, options))

    def planned(prepared: PreparedMix) -> None:
        for remark in prepared.remarks:
            say(remark)

    if not materialize:
        prepared, manifest = write_virtual(settings, overwrite)
        planned(prepared)
        return manifest
    with hire(workers, _options(beam), not progress, say, _LOG.debug, MIX) as running:
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
    output, places = open_output(_place(out, "out")), _places(source, "source")
    findings = list(verify_output(output))
    if places and not findings:
        others = _places(without, "without"), _places(links, "links")
        findings = list(rederive(output, places, reader, _place(images, "images"), *others))
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
    The others are those of `convert`. Raises UsageError for wrong arguments, and other VladataErrors that name the obstacle.
    """
    rules = None if recipe is None else _spec(recipe, RecipeSpec, find.recipe, "recipe")
    select = rules.select if rules else EVERYTHING
    choice = Choice(select, _place(keep_ranges, "keep_ranges"), _place(errata, "errata"))
    robot = _spec(schema, DatasetSpec, find.schema, "schema")
    given = _checked(of_doctor.Visit, options)
    visit = of_doctor.Visit(_place(source, "source"), robot, recipe=rules, choice=choice, **given)
    with hire(workers, (), not progress, say, _LOG.debug, ROBOT) as running, Exports() as exports:
        return of_doctor.examine(visit, running, exports)


def _places(given: Place | Sequence[Place], name: str) -> tuple[str, ...]:
    """Return the paths in an argument: one, or a sequence of them."""
    if isinstance(given, str | os.PathLike) or not isinstance(given, Iterable):
        return (_place(given, name),)
    return tuple(_place(place, name) for place in given)


def _place(given: Place, name: str) -> str:
    if not isinstance(given, str | os.PathLike):
        raise UsageError(f"{name}= must be a path", got=given, allowed="text or a path")
    if name == "out" and not os.fspath(given):
        raise UsageError("out= is empty", hint="The working directory is named by a dot.")
    return os.fspath(given)


def _options(beam: Sequence[str]) -> tuple[str, ...]:
    if isinstance(beam, str):
        raise UsageError("beam= must be a list of options", got=beam, allowed=f'beam=["{beam}"]')
    return tuple(beam)


def _spec(asked: str | Spec, model: type[Spec], named: Callable[[str], Spec], name: str) -> Spec:
    if isinstance(asked, model):
        return asked
    if not isinstance(asked, str | os.PathLike):
        raise UsageError(
            f"{name}= is of another kind",
            got=asked if isinstance(asked, int | float) else type(asked).__name__,
            allowed=f"a name, a path, or what vladata.{name}(...) returns",
        )
    return named(os.fspath(asked))


def _checked(settings: type[Any], options: Mapping[str, Any], several: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options, all of which the settings have. several: those that are one path or a sequence of them."""
    known = [field.name for field in fields(settings) if field.name not in ARGUMENTS]
    for name in options:
        if name not in known:
            hint = nearest(name, known) if name not in OF_RECIPES else OF_RECIPES_HINT
            raise UsageError(f'there is no option "{name}"', hint=hint)
    plain = {n: os.fspath(v) if isinstance(v, os.PathLike) else v for n, v in options.items()}
    return plain | {name: _places(plain[name], name) for name in several if name in plain}
