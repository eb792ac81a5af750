"""Inputs for making and checking a vocabulary: a recipe's codec, an output's contracts, texts of outputs and files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import FormatError, SourceError, UsageError
from vladata.language.prompts import pieces
from vladata.mixtures.open import open as open_output
from vladata.spec import find

LONGEST = 1 << 20  # characters of a line that are taken as one text


def contracts_of_output(out: str) -> list[Mapping[str, Any]]:
    """Return an output's action contracts, in the manifest's order; none of a web corpus."""
    return list(open_output(out).contracts.values())


def codec_of_recipe(recipe: str, schema: str = "") -> Codec:
    """Return the codec of a recipe without data: its bins and its width are right, but their range is made up (-1 to 1).

    schema: of the dataset, a name or path; without it, the action has the canonical seven dimensions.
    """
    asked = find.recipe(recipe)
    rule, windows = asked.action, asked.windows
    kind = CODECS[rule.codec]
    names, grippers = tuple(getattr(kind, "usual_names", NAMES)), dict[str, str]()
    if schema:
        chain = find.schema(schema).chain(rule.chain)
        names, grippers = chain.names, dict(chain.grippers)
    settings = rule.settings()
    if hasattr(kind, "fit") and settings.get("from") is None:
        what = f"codec {rule.codec} learns from data, so a recipe alone does not say what its bins are"
        raise UsageError(what, where=recipe, hint="Name an output that was converted with it: --out-of OUT.")
    low, middle, high = ((value,) * len(names) for value in (-1.0, 0.0, 1.0))
    made_up = Statistics(names, 1, middle, middle, low, high, low, high)
    shorter = windows.tail == "truncate" and windows.chunk > 1
    return codec(rule.codec, made_up, gripper=grippers, chunk=windows.chunk, shorter=shorter, **settings)


def texts_of_recipe(recipe: str) -> Iterator[str]:
    """Yield the words of a recipe's prompts and targets, without the places in braces."""
    for task in find.recipe(recipe).tasks.values():
        for template in (*task.prompts, task.target):
            yield "".join(piece for is_place, piece in pieces(template) if not is_place)


def texts_of_output(out: str) -> Iterator[str]:
    """Yield the prompt and the target of each sample, with one sample in memory at a time."""
    for sample in open_output(out):
        yield sample.prompt
        yield sample.target


def words_of_output(out: str, most: int) -> Iterator[str]:
    """Yield the words of prompts and targets of `most` evenly spaced samples, without the text of the actions: a model with a
    vocabulary has token ids for these."""
    dataset = open_output(out)
    codecs = {digest: codec_from_contract(contract) for digest, contract in dataset.contracts.items()}
    count = len(dataset)
    for i in dict.fromkeys(np.linspace(0, count - 1, min(count, most)).astype(np.int64).tolist()):
        sample = dataset[i]
        yield sample.prompt
        spelled = codecs[sample.contract].text(sample.bins) if len(sample.bins) else ""
        before, _, after = sample.target.rpartition(spelled) if spelled else ("", "", sample.target)
        yield before
        yield after


def texts_of(corpus: Sequence[str]) -> Iterator[str]:
    """Yield the texts of files, one per line, and of outputs; a name that is not a file is an output.

    A very long line is several texts. Raises SourceError or FormatError for a file, NotADataset for any other name.
    """
    for name in corpus:
        yield from _lines(name) if Path(name).is_file() else texts_of_output(name)


def _lines(file: str) -> Iterator[str]:
    try:
        with Path(file).open(encoding="utf-8") as lines:
            while line := lines.readline(LONGEST):
                if text := line.rstrip("\n"):
                    yield text
    except OSError as fault:
        raise SourceError(f"the file of text cannot be read: {fault.strerror}", where=file) from None
    except UnicodeDecodeError as fault:
        raise FormatError("the file of text is not UTF-8", where=file, got=str(fault)) from None
