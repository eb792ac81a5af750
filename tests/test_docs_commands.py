"""Every command of README, docs and the help texts runs on small data of the layout that it names, page by page, in order.

docs_pages.PAGES gives the first data in the folder of a page, and the words of its commands to replace. docs_pages.UNRUN lists
the commands that cannot run in a test, with the reason; the tests only check that their programs, options and values exist.
"""

import ast
import configparser
import contextlib
import functools
import importlib.util
import io
import re
import runpy
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

import click
import pytest

from tests.annotate.endpoint import serving
from tests.annotate.test_docs_example import behave
from tests.docs_pages import CODES, EVERYWHERE, PAGES, SERVER, UNRUN, Page
from tests.small_layouts import make
from vladata.cli.main import _run, cli

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {
    "tutorial-convert",
    "tutorial-mix",
    "tutorial-train-and-serve",
}  # test_tutorials.py and its neighbour
PROGRAM = r"(?:(?:vladata|python|torchrun|pip|make|apt-get) |[A-Z]+=\S)"
COMMAND = re.compile(rf"^ {{4,}}(python -c \"[^\"]+\"|{PROGRAM}(?:.*\\\n)*.*)$", re.MULTILINE)
EXAMPLE = re.compile(
    r"(?:Example|episodes|under torchrun|goes to Beam): ((?:vladata|torchrun) .+(?:\n *-.+)*)"
)


def commands(command: click.Command, ctx: click.Context) -> Iterator[click.Command]:
    """A command and all below it."""
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            yield from commands(command.get_command(ctx, name), ctx)


@functools.cache
def pages() -> dict[str, list[str]]:
    """The commands of each page, in order, without the words that explain them.

    A form runs with all that it may hold, `[--source SRC]`; a line of alternatives is several commands.
    """
    found = {}
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        lines = [re.sub(r"\\\n *", "", line) for line in COMMAND.findall(path.read_text())]
        lines = [re.sub(r" \[((?:--|SRC).*?)\]", r" \1", re.sub(r"\n +", "\n", line)) for line in lines]
        lines = [re.split(r" {3,}", line)[0].strip() for line in lines]
        found[path.stem] = [one for line in lines for one in alternatives(line)]
    helps = [command.help for command in commands(cli, click.Context(cli))]
    examples = [re.sub(r"\n *", " ", one) for text in helps for one in EXAMPLE.findall(text)]
    found["HELP"] = list(dict.fromkeys(examples))
    return {name: lines for name, lines in found.items() if lines and name not in ELSEWHERE}


def alternatives(line: str) -> list[str]:
    """Return `vladata a show X` and `vladata a check Y` of `vladata a show X | check Y`."""
    first, *others = line.split(" | ")
    group = " ".join(first.split()[:2])
    return [first, *(f"{group} {other}" for other in others)]


def filled(text: str, page: Page) -> str:
    """A command as it is run here, with the words of the table."""
    words = {**EVERYWHERE, **page.words}
    longest = sorted(words, key=len, reverse=True)
    return re.sub(
        rf"(?<![\w$])(?:{'|'.join(map(re.escape, longest))})(?![\w])", lambda word: words[word[0]], text
    )


def reason(page: str, text: str) -> str | None:
    """Return why a command is not run, None for one that is."""
    if text.startswith("vladata train") and importlib.util.find_spec("torch") is None:
        return "torch is not installed (extra train)"
    return next(
        (why for head, why in UNRUN.items() if f"{page}: {text}".startswith(head) or text.startswith(head)),
        None,
    )


def module(arguments: list[str]) -> int:
    """Run `python -m NAME ARGUMENTS` in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", arguments[1:])
        for name in (
            arguments[1],
            f"{arguments[1]}.__main__",
        ):  # runpy warns of one that another test has imported
            patch.delitem(sys.modules, name, raising=False)
        try:
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def parse(text: str) -> None:
    """Fail where a command names a program, an option or a value that there is not."""
    name, *rest = shlex.split(text)
    if name in ("vladata", "torchrun"):
        ctx, command = click.Context(cli), cli
        rest = rest if name == "vladata" else rest[rest.index("vladata.cli.main") + 1 :]
        while isinstance(command, click.Group):
            _, command, rest = command.resolve_command(ctx, rest)
        command.make_context(command.name, rest)
    elif rest[0] == "-c":
        imports = [node for node in ast.parse(rest[1]).body if isinstance(node, ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), text, "exec"), {})
    elif name == "python":
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert module([*rest[:2], "--help"]) == 0
        options = [word for word in rest if word.startswith("--")]
        assert [option for option in options if option not in said.getvalue()] == []
    elif name == "pip":
        read = configparser.ConfigParser()
        read.read(ROOT / "setup.cfg")
        named = re.findall(r"^(?:vladata|\.)\[(.+)\]", rest[1])
        assert {extra for names in named for extra in names.split(",")} <= set(read["options.extras_require"])
    elif name == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), text


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A function that copies small data of those names into the working directory; each is made once."""
    kept = tmp_path_factory.mktemp("layouts")
    for name in ("docs", "vladata"):
        (kept / name).symlink_to(ROOT / name)

    def put(names: str) -> None:
        for name in names.split():
            if not (kept / name).exists():
                with contextlib.chdir(kept), contextlib.redirect_stdout(None):
                    make(name)
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (kept / name).is_dir() else shutil.copy
            copy(kept / name, name)

    return put


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A fresh folder in which the repository's own docs and package are found, as in a clone; workers import the package, too."""
    for name in ("docs", "vladata", "schemas"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def execute(text: str, variables: dict[str, str]) -> int:
    name, *arguments = shlex.split(Template(text).safe_substitute(variables))
    if "=" in name:
        variables.update([name.split("=")])
        return 0
    return _run(arguments) if name == "vladata" else module(arguments)


@pytest.mark.parametrize("name", pages())
def test_commands_run(name, here, store, capfd):
    page = PAGES.get(name, Page())
    store(page.given)
    with serving(behave) as server:
        variables = {SERVER: server.url}
        for text in pages()[name]:
            command = filled(text, page)
            if reason(name, text):
                parse(command)
                continue
            capfd.readouterr()
            code = execute(command, variables)
            assert code == CODES.get(f"{name}: {text}", 0), (
                f"{text}\nrun as: {command}\n{capfd.readouterr().err}"
            )


def test_the_table_holds_nothing_that_no_page_says():
    assert set(PAGES) <= set(pages())
    said = [f"{name}: {text}" for name, texts in pages().items() for text in texts]
    texts = [line.partition(": ")[2] for line in said]
    assert [head for head in UNRUN if not any(line.startswith(head) for line in [*said, *texts])] == []
    assert [line for line in CODES if line not in said] == []
    words = [(name, word) for name, page in PAGES.items() for word in page.words]
    assert [pair for pair in words if not any(pair[1] in text for text in pages()[pair[0]])] == []


def test_commands_are_indented_lines_and_not_fenced():
    fenced = re.compile(r"^```(?:sh|bash|shell|console)", re.MULTILINE)
    assert [
        path.name
        for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        if fenced.search(path.read_text())
    ] == []


@pytest.mark.parametrize(
    "text", ["vladata mix out --mixtur a", "vladata mixx", "python -m benchmarks --rownds 2", "make tets"]
)
def test_what_is_misspelt_is_found(text):
    with pytest.raises((click.UsageError, AssertionError)):
        parse(text)
