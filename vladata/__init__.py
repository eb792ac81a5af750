"""Turn robot episodes into vision-language-action training data once, and load it anywhere.

Users import the names in PUBLIC; everything else may move. A name is loaded at its first use, so that
`import vladata` loads nothing: no numpy, and never Beam or TensorFlow.

    vladata.episodes(SRC, schema=None, split="train")   iterator of Episode: raw, or standardised by a schema
    vladata.schema(NAME_OR_PATH)                        what a robot dataset holds and how it is standardised
    vladata.corpus(NAME_OR_PATH)                        how the files of a web corpus are laid out
    vladata.recipe(NAME_OR_PATH)                        how steps are rendered as samples
    vladata.mixture(NAME_OR_PATH)                       which datasets are trained on together, at which weights
    vladata.codec(NAME, statistics=None, **settings)    actions <-> bins <-> text; or codec(contract=...)
    vladata.open(OUT)                                   random access to a converted dataset or a mixture
    vladata.load(OUT, batch_size, seed=0, ...)          batches for any training loop, in one global order that can be resumed
    vladata.collate                                     Plain and ForProcessor: batches as a policy head or a model takes them
    vladata.convert(SRC, OUT, schema=..., recipe=...)   robot episodes (or corpus=..., a web corpus) -> samples in OUT
    vladata.begin(SRC, OUT, schema=..., recipe=...)     a conversion whose units your own loop or Beam pipeline does
    vladata.mix(OUT, MIXTURE, {SOURCE: PATH})           converted datasets at an exact ratio
    vladata.verify(OUT, SRC)                            the faults of an output
    vladata.examine(SRC, schema=..., recipe=...)        what is probably wrong with a robot dataset or its schema
    vladata.train(CONFIG, OUT)                          a model trained on batches of vladata.load, as a config says
    vladata.policy(CKPT)                                a trained model as a policy: an Observation in, an action out
    vladata.Client(URL)                                 a policy behind `vladata serve`, asked by a robot
    vladata.Executing(CLIENT, execute=4)                chunks of actions done one by one, or averaged
    vladata.vocabulary(PATH)                            which token ids of a model stand for bins
    vladata.errors                                      every error that is raised on purpose
    vladata.beam                                        ReadEpisodes, ConvertUnits for your own pipeline
"""

from typing import TYPE_CHECKING, Any

from vladata.version import __version__ as __version__

PUBLIC = {
    "AsyncClient": "vladata.consumer.serving.client:AsyncClient",
    "beam": "vladata.beam",
    "begin": "vladata.commands.functions:begin",
    "Client": "vladata.consumer.serving.client:Client",
    "Executing": "vladata.consumer.serving.executing:Executing",
    "codec": "vladata.actions.codec:codec",
    "collate": "vladata.loaders.collate",
    "convert": "vladata.commands.functions:convert",
    "corpus": "vladata.spec.find:corpus",
    "episodes": "vladata.sources.episodes:episodes",
    "errors": "vladata.errors",
    "examine": "vladata.commands.functions:examine",
    "load": "vladata.loaders.load:load",
    "mix": "vladata.commands.functions:mix",
    "mixture": "vladata.spec.find:mixture",
    "open": "vladata.mixtures.open:open",
    "Observation": "vladata.consumer.policy.observation:Observation",
    "policy": "vladata.consumer.policy.load:policy",
    "recipe": "vladata.spec.find:recipe",
    "schema": "vladata.spec.find:schema",
    "train": "vladata.consumer.training.run:train",
    "verify": "vladata.commands.functions:verify",
    "vocabulary": "vladata.vocabularies.file:vocabulary",
}

if TYPE_CHECKING:  # the same names for mypy and editors; tests/test_public.py compares
    from vladata import beam as beam
    from vladata import errors as errors
    from vladata.actions.codec import codec as codec
    from vladata.commands.functions import begin as begin
    from vladata.commands.functions import convert as convert
    from vladata.commands.functions import examine as examine
    from vladata.commands.functions import mix as mix
    from vladata.commands.functions import verify as verify
    from vladata.consumer.policy.load import policy as policy
    from vladata.consumer.policy.observation import Observation as Observation
    from vladata.consumer.serving.client import AsyncClient as AsyncClient
    from vladata.consumer.serving.client import Client as Client
    from vladata.consumer.serving.executing import Executing as Executing
    from vladata.consumer.training.run import train as train
    from vladata.loaders import collate as collate
    from vladata.loaders.load import load as load
    from vladata.mixtures.open import open as open
    from vladata.sources.episodes import episodes as episodes
    from vladata.spec.find import corpus as corpus
    from vladata.spec.find import mixture as mixture
    from vladata.spec.find import recipe as recipe
    from vladata.spec.find import schema as schema
    from vladata.vocabularies.file import vocabulary as vocabulary


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(
            f"module 'vladata' has no attribute '{name}'; it has {', '.join(sorted(PUBLIC))}"
        )
    from pkgutil import resolve_name

    return resolve_name(PUBLIC[name])


def __dir__() -> list[str]:
    return sorted([*globals(), *PUBLIC])
