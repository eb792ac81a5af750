"""FAST: chunks of actions as cosines over time, quantised, and byte pairs of those; far fewer tokens than a number a value.

    16 actions of 7 dimensions -> 112 coefficients, most of them 0 -> "412 87 5 131 90 ..." , some 20 to 60 ids

The formulas are fast/coefficients.py's, the vocabulary is learnt from the dataset's own chunks (fast/learnt.py) or read from a
folder of the published tokenizer (fast/folder.py). Ids are those of the published algorithm. A sequence is a chunk exactly when
its bytes are H * D numbers of the fitted range; anything else is a ParseError, where the published code gives zeros.

A coefficient that the vocabulary cannot spell (beyond all that it was fitted to) becomes the nearest that it can; the published
code leaves it out, or lets it in undecodable, and the sequence is then too short. `beyond` counts such coefficients.

Sources: arXiv 2501.09747; physical-intelligence/fast, processing_action_tokenizer.py; the classes that lerobot and starVLA have
of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from vladata.actions.bounds import FIXED, MEASURED, Bounds, known_convention
from vladata.actions.checked import as_float32, finite, flags
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.fast.coefficients import RULE, Coefficients
from vladata.actions.fast.folder import read_folder
from vladata.actions.fast.learnt import Learnt, learn_from
from vladata.actions.fast.sequences import Sequences
from vladata.actions.fast.texts import IdTexts
from vladata.actions.fast.whole import WholeChunks
from vladata.actions.settings import Fixed, Number, Setting, Span, Text, Whole
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

VOCABULARY, MOST_IDS = 1024, 65_536
SCALE, LEAST_SCALE, MOST_SCALE = 10.0, 0.1, 1000.0
LONGEST = 4999  # coefficients a chunk: the published trainer merges nothing from 10,000 bytes on


@dataclass(frozen=True)
class Fast:
    """Cosines over a chunk of actions as byte pairs, with a vocabulary of the data's own or of a local FAST+ folder.

    names:        of the D dimensions.
    coefficients: bounds, H and scale: how actions become whole numbers.
    learnt:       the vocabulary.
    gripper:      convention of the dimension "gripper".
    statistics:   what the bounds come from; None where they are fixed.
    """

    kind: ClassVar[str] = "fast"
    maskable: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "vocabulary": Whole(
            None,
            "How many ids there are: 1024 where nothing is said, or those of the folder that `from` names.",
            2,
            MOST_IDS,
        ),
        "scale": Number(
            None,
            "Steps of a coefficient from 0 to 1: 10 where nothing is said, or that of the folder. More is finer and longer.",
            LEAST_SCALE,
            MOST_SCALE,
        ),
        "from": Text(
            None,
            "A local folder of a FAST tokenizer (tokenizer.json, processor_config.json); none: learnt from the data.",
        ),
        "bounds": Span(
            "quantiles",
            "What becomes -1 and 1. quantiles: q01 to q99 of the data. min_max: all of the data. rt1, rt1-x: the fixed ones "
            "of those models. Or low and high.",
            (*MEASURED, *FIXED),
        ),
        "terminate": Fixed(
            "none", "Where terminate stands: nowhere, byte pairs are of dimensions.", "use codec rt2"
        ),
    }

    names: tuple[str, ...]
    coefficients: Coefficients
    learnt: Learnt
    gripper: str = "none"
    statistics: Statistics | None = None

    @classmethod
    def make(
        cls,
        settings: Mapping[str, Any],
        names: tuple[str, ...],
        gripper: str,
        statistics: Statistics | None,
        chunk: int = 1,
        shorter: bool = False,
        chunks: Iterable[np.ndarray] | None = None,
    ) -> Self:
        """The codec of these settings. Raises UsageError or CodecError for what it cannot be.

        chunks: blocks of float32 actions [N, H, D] to learn the vocabulary from; not asked for where a folder is named.
        """
        if shorter:
            what, hint = "codec fast spells whole chunks only", "Give the recipe windows: {tail: drop}."
            raise UsageError(what, got="shorter texts", hint=hint)
        if settings["terminate"] != "none":
            raise UsageError("codec fast spells no terminate", got=settings["terminate"], allowed="none")
        _check("vocabulary", settings["vocabulary"], int, 2, MOST_IDS)
        _check("scale", settings["scale"], float, LEAST_SCALE, MOST_SCALE)
        bounds = RT2.spanned(settings["bounds"], statistics, known_convention(gripper))
        fitted_to = statistics if set(bounds.source) & set(MEASURED) else None
        scale, vocabulary, folder = settings["scale"], settings["vocabulary"], settings["from"]
        if folder is not None:
            learnt, scale = read_folder(folder, chunk, len(names), scale, vocabulary)
            return cls(names, Coefficients(bounds, chunk, scale), learnt, gripper, fitted_to)
        coefficients = Coefficients(bounds, chunk, float(SCALE if scale is None else scale))
        _check_sizes(names, coefficients)
        if chunks is None:
            hint = "Give codec(..., chunks=[...]), blocks of actions [N, H, D], or from=FOLDER of a FAST tokenizer."
            raise CodecError("codec fast learns its vocabulary from chunks, and there are none", hint=hint)
        blocks = (_checked(block, names, chunk) for block in chunks)
        learnt = learn_from(blocks, coefficients, VOCABULARY if vocabulary is None else vocabulary)
        return cls(names, coefficients, learnt, gripper, fitted_to)

    def __post_init__(self) -> None:
        known_convention(self.gripper)
        _check_sizes(self.names, self.coefficients)

    @property
    def chunk(self) -> int:
        """H."""
        return self.coefficients.chunk

    @property
    def shorter(self) -> bool:
        """False: byte pairs reach over actions, so a part of a text is no text."""
        return False

    @property
    def width(self) -> None:
        """None: ids do not stand for single actions."""
        return None

    @property
    def low(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self.coefficients.low

    @property
    def high(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self.coefficients.high

    @property
    def sources(self) -> tuple[str, ...]:
        """[D], where the bounds of each dimension come from."""
        return self.coefficients.bounds.source

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """The D dimensions."""
        return self.names

    @cached_property
    def sequences(self) -> Sequences:
        """Which ids may follow each other."""
        return self._whole.sequences

    @cached_property
    def _whole(self) -> WholeChunks:
        return WholeChunks(self.learnt, self.chunk, len(self.names))

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> list[np.ndarray]:
        """N int32 arrays of ids, of chunks [N, H, D]; of actions [N, D] where H is 1. terminate is not spelled."""
        values = _checked(actions, self.names, self.chunk)
        if terminate is not None:
            ends, allowed = np.asarray(terminate), list(np.shape(actions)[:-1])
            if ends.shape != tuple(allowed):
                raise CodecError(
                    "terminate has another shape", got=list(ends.shape), allowed=f"{allowed}, one an action"
                )
            flags(ends)
        found = self.coefficients.of(values)
        return self.learnt.bpe.encode(self.learnt.nearest(found) - self.learnt.least)

    def beyond(self, actions: np.ndarray) -> int:
        """How many coefficients of chunks [N, H, D] the vocabulary cannot spell, and `encode` moves to the nearest."""
        found = self.coefficients.of(_checked(actions, self.names, self.chunk))
        return int(np.count_nonzero(~np.isin(found, self.learnt.spelled)))

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions [H, D] of a sequence of ids [M], [D] where H is 1. ParseError says why it is no chunk."""
        ids = np.asarray(bins)
        if ids.ndim != 1 or ids.dtype.kind not in "iu":
            hint = "parse(text) gives the ids of a text." if ids.dtype.kind in "US" else ""
            got = f"{ids.dtype} {list(ids.shape)}"
            raise CodecError("ids are whole numbers in one row", got=got, allowed="int32 [M]", hint=hint)
        found = self.coefficients.actions(self._whole.coefficients(ids.tolist())[np.newaxis])[0]
        actions: np.ndarray = found if self.chunk > 1 else found[0]
        return actions

    def texts(self, bins: Iterable[np.ndarray]) -> list[str]:
        """One text an array of ids: "412 87 5"."""
        return [self.text(ids) for ids in bins]

    def text(self, bins: np.ndarray) -> str:
        """The ids of a chunk, one space between."""
        return " ".join(map(str, np.asarray(bins).tolist()))

    def parse(self, text: str) -> np.ndarray:
        """int32 ids [M]; ParseError says what is wrong with the text."""
        return self._whole.parse(text)

    def automaton(self) -> IdTexts:
        """The machine that accepts what `parse` takes, character by character."""
        return IdTexts(self.sequences)

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[frozenset[int], bool]:
        """The ids that may follow `prefix`, and whether it is a whole chunk; for a decoder with a token an id."""
        state = self.sequences.state_of(prefix)
        if state is None:
            return frozenset(), False
        return frozenset(self.sequences.allowed(state).tolist()), self.sequences.is_end(state)

    def tolerance(self) -> np.ndarray:
        """float64 [D]: within the bounds, decoding an encoded chunk misses no value by more than this.

        Half a step of each coefficient, and what lies between the greatest that actions can have and the nearest one spelled.
        """
        missed = []
        for reach in self.coefficients.reach().tolist():
            every = np.arange(-reach, reach + 1)
            missed.append(0.5 + np.abs(self.learnt.nearest(every) - every).max())
        return self.coefficients.tolerance(np.array(missed))

    def to_json(self) -> dict[str, Any]:
        """Its part of a contract; contract.py says what each key means."""
        bounds = self.coefficients.bounds
        return {
            "codec": self.kind,
            "bounds": {"low": list(bounds.low), "high": list(bounds.high), "source": list(bounds.source)},
            "mask": [True] * len(self.names),
            "names": list(self.names),
            "terminate": None,
            "gripper": self.gripper,
            "rounding": RULE,
            "statistics": self.statistics.to_json() if self.statistics else None,
            "chunk_length": self.chunk,
            "shorter": False,
            "scale": self.coefficients.scale,
            "vocabulary": len(self.learnt.bpe),
            **self.learnt.to_json(),
        }

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """The codec that gave this part of a contract, exactly."""
        bounds, statistics = part["bounds"], part["statistics"]
        span = Bounds(tuple(bounds["low"]), tuple(bounds["high"]), tuple(bounds["source"]))
        return cls(
            tuple(part["names"]),
            Coefficients(span, part["chunk_length"], part["scale"]),
            Learnt.from_json(part),
            part["gripper"],
            Statistics.from_json(statistics) if statistics else None,
        )


def _checked(actions: np.ndarray, names: Sequence[str], chunk: int) -> np.ndarray:
    """float32 [N, H, D], all finite, of chunks; or of actions [N, D], which are chunks of one."""
    values = as_float32(actions)
    if chunk == 1 and values.ndim == 2:
        values = values[:, np.newaxis]
    if values.ndim != 3 or values.shape[1:] != (chunk, len(names)):
        allowed = f"[N, {chunk}, {len(names)}], chunks of {chunk} actions of {' '.join(names)}"
        raise CodecError("actions are not chunks", got=f"shape {list(np.shape(actions))}", allowed=allowed)
    return finite(values, names)


def _check_sizes(names: Sequence[str], coefficients: Coefficients) -> None:
    bounds, chunk = coefficients.bounds, coefficients.chunk
    if len(names) != len(bounds.low):
        told = ", ".join(dict.fromkeys(bounds.source))
        got = f"{len(names)}: {' '.join(names)}"
        hint = "Name as many dimensions as there are bounds, without terminate."
        raise CodecError(f"the bounds {told} are for {len(bounds.low)} dimensions", got=got, hint=hint)
    if len(set(names)) != len(names):
        raise CodecError("a dimension is named twice", got=" ".join(names))
    if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
        raise UsageError("chunk is no whole number from 1 on", got=chunk)
    if chunk * len(names) > LONGEST:
        what = f"a chunk of {chunk} actions of {len(names)} dimensions is too long for byte pairs"
        raise UsageError(what, got=f"{chunk * len(names)} numbers", allowed=f"at most {LONGEST}")


def _check(name: str, value: object, kind: type, least: float, most: float) -> None:
    """A setting, where something is said: a number of `kind`, least..most. Whole numbers are numbers of any kind."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(value, int | kind):
        raise UsageError(f"{name} is no {'whole ' if kind is int else ''}number", got=value)
    if not least <= value <= most:
        raise UsageError(f"{name} is out of range", got=value, allowed=f"{least} to {most}")
