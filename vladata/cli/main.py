"""`vladata`: the table of commands, which are loaded by name, and errors as text and exit codes.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but with findings or rejections above what is allowed; 130 interrupted.
"""

import sys
import time
from importlib import import_module

import click

from vladata.errors import VladataError

STARTED = time.monotonic()  # before other imports: the user waits for these too
Table = dict[str, tuple[str, str]]

CONVERT: Table = {
    "rlds2vla": ("vladata.cli.rlds2vla:command", "Robot episodes to vision-language-action samples."),
    "web2vla": ("vladata.cli.web2vla:command", "Web image-text corpora to samples of the same form."),
}
SCHEMAS: Table = {
    "list": ("vladata.cli.specs:list_schemas", "List the dataset schemas that ship."),
    "show": ("vladata.cli.specs:show_schema", "Show one schema in full."),
    "check": ("vladata.cli.specs:check_schema", "Check a schema, and that a dataset fits it."),
    "infer": ("vladata.cli.specs:infer_schema", "Draft a schema from a dataset's columns."),
    "diff": ("vladata.cli.specs:diff_schemas", "Compare two schemas, key by key."),
}
ANNOTATIONS: Table = {
    "check": (
        "vladata.cli.annotations:check",
        "Check tables against a dataset: which rows match its steps, and which do not.",
    ),
    "convert": (
        "vladata.cli.annotations:convert",
        "Turn a table into another form, or another form into a table.",
    ),
}
CORPORA: Table = {
    "list": ("vladata.cli.corpora:list_corpora", "List the web corpora whose layouts ship."),
    "show": ("vladata.cli.corpora:show_corpus", "Show one corpus schema in full."),
    "check": (
        "vladata.cli.corpora:check_corpus",
        "Check a corpus schema, and the first records of a corpus against it.",
    ),
}
RECIPES: Table = {
    "list": ("vladata.cli.specs:list_recipes", "List the recipes that ship."),
    "show": ("vladata.cli.specs:show_recipe", "Show one recipe in full."),
    "check": ("vladata.cli.specs:check_recipe", "Check a recipe, and the bins that a dataset uses with it."),
    "render": (
        "vladata.cli.render:command",
        "Show samples that a recipe makes of a dataset, without converting it.",
    ),
    "diff": ("vladata.cli.specs:diff_recipes", "Compare two recipes, key by key."),
}
MIXTURES: Table = {
    "list": ("vladata.cli.mixtures:list_mixtures", "List the mixtures that ship."),
    "show": ("vladata.cli.mixtures:show_mixture", "Show one mixture in full."),
    "check": (
        "vladata.cli.mixtures:check_mixture",
        "Check a mixture against the schemas that ship.",
    ),
}
VOCAB: Table = {
    "make": ("vladata.cli.vocab:make", "Make a vocabulary for a tokenizer and a codec."),
    "check": ("vladata.cli.vocab:check", "Check a vocabulary against a tokenizer, and name every fault."),
}
COMMANDS: Table = {
    "index": ("vladata.cli.index:command", "Read every episode once and write the episode table."),
    "stats": ("vladata.cli.stats:command", "Print exact statistics of actions and states."),
    "doctor": ("vladata.cli.doctor:command", "Find what is probably wrong with a dataset or its schema."),
    "convert": ("vladata.cli.main:convert", "Convert a dataset."),
    "retry": (
        "vladata.cli.retry:command",
        "Convert again what an output left out, after a fault was mended.",
    ),
    "annotate": ("vladata.cli.annotate:command", "Ask a model to describe the steps of each episode."),
    "annotations": (
        "vladata.cli.main:annotations",
        "Check annotation tables, and read and write other forms.",
    ),
    "mix": ("vladata.cli.mix:command", "Mix converted datasets at an exact ratio."),
    "eval": ("vladata.cli.eval:command", "Try policies in an environment, all on the same trials."),
    "inspect": ("vladata.cli.inspect:command", "Summarise an output and show some of its samples."),
    "verify": ("vladata.cli.verify:command", "Check an output, alone or against its source."),
    "schemas": ("vladata.cli.main:schemas", "List, show, check, draft and compare dataset schemas."),
    "corpora": ("vladata.cli.main:corpora", "List, show and check schemas of web corpora."),
    "recipes": ("vladata.cli.main:recipes", "List, show, check, render and compare recipes."),
    "mixtures": ("vladata.cli.main:mixtures", "List, show and check mixtures."),
    "serve": ("vladata.cli.serve:command", "Serve a policy to robots."),
    "train": ("vladata.cli.train:command", "Train a model on an output, or continue a training."),
    "vocab": (
        "vladata.cli.main:vocab",
        "Make and check a vocabulary: the token ids of a model that stand for bins.",
    ),
}
OF_BEAM = (
    "--runner",
    "--project",
    "--region",
    "--temp_location",
    "--staging_location",
    "--direct_num_workers",
)
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class LazyGroup(click.Group):
    """A group that imports a command only when it is called: listing commands imports none."""

    def __init__(self, table: Table, name: str, help: str) -> None:
        super().__init__(name=name, help=help, context_settings=HELP)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        if args and args[0] not in self.table and not args[0].startswith("-"):
            close = get_close_matches(args[0], self.table, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else f" Known: {', '.join(self.table)}."
            ctx.fail(f'There is no command "{args[0]}".{hint}')
        return super().resolve_command(ctx, args)


convert = LazyGroup(
    CONVERT,
    "convert",
    """Convert a dataset into training samples.

    Example: vladata convert rlds2vla bridge_dataset/1.0.0 out/bridge --schema bridge_dataset --recipe rt2-pali-x""",
)
schemas = LazyGroup(
    SCHEMAS,
    "schemas",
    """Dataset schemas: where things are in a dataset, and what its actions mean.

    Example: vladata schemas check ./mine.yaml --source mine/1.0.0""",
)
corpora = LazyGroup(
    CORPORA,
    "corpora",
    """Schemas of web corpora: how their files are laid out, and what in them becomes pairs of image and text.

    Example: vladata corpora check cc3m 'cc3m/00000.tar'""",
)
annotations = LazyGroup(
    ANNOTATIONS,
    "annotations",
    """Annotation tables: plans, subtasks and other texts about the steps of episodes.

    `convert rlds2vla --annotations` reads them.

    Example: vladata annotations check plans.jsonl bridge_dataset/1.0.0 --schema bridge_dataset""",
)
recipes = LazyGroup(
    RECIPES,
    "recipes",
    """Recipes: how the steps of an episode become training samples.

    Example: vladata recipes show rt2-pali-x""",
)
mixtures = LazyGroup(
    MIXTURES,
    "mixtures",
    """Mixtures: which datasets are trained on together, and at which weights.

    Example: vladata mixtures show octo-oxe_magic_soup""",
)
vocab = LazyGroup(
    VOCAB,
    "vocab",
    """Vocabularies: which token ids of a model stand for the bins of actions.

    Example: vladata vocab make integers --tokenizer ./qwen --digits --recipe rt2-pali-x -o digits.json""",
)
cli = LazyGroup(
    COMMANDS,
    "vladata",
    """Turn robot episodes into the training data of vision-language-action models.

    Example: vladata convert rlds2vla bridge_dataset/1.0.0 out/bridge --schema bridge_dataset --recipe rt2-pali-x""",
)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from vladata.version import __version__

        click.echo(f"vladata {__version__}")
        ctx.exit()


cli.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help="Print the version.",
    )
)


def main() -> None:
    """Run the console script."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        code = cli.main(arguments, prog_name="vladata", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as fault:
        fault.show()
        if isinstance(fault, click.NoSuchOption) and fault.option_name in OF_BEAM:
            click.echo('Options of Beam come after "--", at the end: -- --runner=...', err=True)
        return fault.exit_code
    except VladataError as fault:
        click.echo(f"{fault.title}: {fault}", err=True)
        return fault.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. The same command goes on from here.", err=True)
        # If an interrupt ends an exec of text (as dataclasses use while they are imported), CPython keeps a note of it and
        # ends the process by the signal, although the interrupt was caught. The next exec removes the note.
        exec("")
        return 130
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 1
    except OSError as fault:
        click.echo(f"{type(fault).__name__}: {fault}", err=True)
        return 1


if __name__ == "__main__":
    main()
